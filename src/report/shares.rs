//! The division of a bar among counts.

/// Divides a width among counts: one cell for every count above zero, the rest
/// in proportion. Together they fill the width.
pub(crate) fn shares(counts: impl Iterator<Item = usize> + Clone, width: u16) -> Vec<u16> {
    let total: usize = counts.clone().sum();
    let shown = counts.clone().filter(|&count| count > 0).count();
    let rest = usize::from(width).saturating_sub(shown);
    let share = |count: usize| {
        let in_proportion = (count * rest).checked_div(total).unwrap_or(0);
        u16::try_from(in_proportion + usize::from(count > 0)).unwrap_or(width)
    };
    let mut shares: Vec<_> = counts.clone().map(share).collect();
    let used: u16 = shares.iter().sum();
    // The largest count takes what rounding left over.
    let largest = shares
        .iter_mut()
        .zip(counts)
        .max_by_key(|(_, count)| *count);
    if let Some((largest, 1..)) = largest {
        *largest += width.saturating_sub(used);
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_leave_a_cell_to_the_largest() {
        let counts = [37_604, 1, 1, 1, 0, 1, 28_206];
        assert_eq!(shares(counts.into_iter(), 7), [2, 1, 1, 1, 0, 1, 1]);
    }

    proptest::proptest! {
        #[test]
        fn shares_fill_the_bar_and_show_every_count(counts: [u16; 7], width in 7_u16..300) {
            let counts = counts.map(usize::from);
            proptest::prop_assume!(counts.iter().sum::<usize>() > 0);
            let shares = shares(counts.iter().copied(), width);
            proptest::prop_assert_eq!(shares.iter().sum::<u16>(), width);
            for (share, count) in shares.into_iter().zip(counts) {
                proptest::prop_assert_eq!(share > 0, count > 0);
            }
        }
    }
}
