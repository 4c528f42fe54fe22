//! The correction of forecasts by their own errors.

/// How many earlier forecasts weigh as much as the model itself.
const TRUSTED: f64 = 30.0;

/// What share of earlier forecasts a nominal probability really held in (split
/// conformal prediction: V. Vovk, A. Gammerman, G. Shafer, "Algorithmic
/// Learning in a Random World", 2005), blended with the nominal one while there
/// are few.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calibration {
    /// For each earlier forecast the probability it gave to a finish no later
    /// than the real one.
    outcomes: Vec<f64>,
}

impl Calibration {
    /// The correction learned from earlier forecasts, each by the probability
    /// that it gave to a finish no later than the real one.
    pub(crate) fn new(mut outcomes: Vec<f64>) -> Self {
        outcomes.retain(|outcome| (0.0..=1.0).contains(outcome));
        outcomes.sort_by(f64::total_cmp);
        Self { outcomes }
    }

    /// The probability to read off the distribution so that the statement
    /// holds in `probability` of cases.
    pub(crate) fn corrected(&self, probability: f64) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "forecasts are few")]
        let held = |nominal: f64| {
            let within = self.outcomes.partition_point(|outcome| *outcome <= nominal) as f64;
            (within + TRUSTED * nominal) / (self.outcomes.len() as f64 + TRUSTED)
        };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..30 {
            let middle = f64::midpoint(low, high);
            if held(middle) < probability {
                low = middle;
            } else {
                high = middle;
            }
        }
        f64::midpoint(low, high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_was_right_is_not_corrected() {
        let right = (1..100).map(|percent| f64::from(percent) / 100.0).collect();
        for calibration in [Calibration::default(), Calibration::new(right)] {
            for probability in [0.05, 0.5, 0.9] {
                let corrected = calibration.corrected(probability);
                assert!((corrected - probability).abs() < 0.02, "{corrected}");
            }
        }
    }

    #[test]
    fn a_model_that_was_too_early_speaks_of_later_times() {
        // Every finish came when the model was sure that it had come.
        let late = Calibration::new(vec![0.97; 300]);
        assert!(late.corrected(0.5) > 0.9, "{}", late.corrected(0.5));
        // Three errors do not overrule it.
        let few = Calibration::new(vec![0.97; 3]);
        assert!(few.corrected(0.5) < 0.6, "{}", few.corrected(0.5));
        // What is no probability is not believed.
        assert_eq!(
            Calibration::new(vec![f64::NAN, 3.0]),
            Calibration::default()
        );
    }
}
