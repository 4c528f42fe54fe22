use super::*;

fn tenants(count: usize) -> Vec<TenantId> {
    (0..count)
        .map(|number| TenantId::parse(&format!("t{number}")).unwrap())
        .collect()
}

fn fit(tap: &Text, durations: &[(&TenantId, f64)]) -> Option<Durations> {
    Durations::fit(
        durations
            .iter()
            .zip(0..)
            .map(|((tenant, seconds), day)| Duration {
                started: day * 86_400,
                tenant,
                tap,
                seconds: *seconds,
            }),
    )
}

/// Levels whose tenants differ by a multiple of what their runs do.
fn levels(times: f64) -> Levels {
    Levels {
        within: 0.3,
        between: 0.3 * times,
    }
}

#[test]
fn residuals_are_distances_from_the_median_of_the_other_runs() {
    // Others of 1: {2, 4, 9}, median 4; of 9: {1, 2, 4}, median 2.
    let sorted = [1.0, 2.0, 4.0, 9.0];
    let residuals: Vec<_> = levels(1e6).residuals(0.0, &sorted).collect();
    let spread = (1.0 + std::f64::consts::FRAC_PI_2 / 3.0).sqrt();
    let expected = [-3.0, -2.0, 2.0, 7.0].map(|distance| distance / spread);
    for (one, other) in residuals.iter().zip(expected) {
        assert!((one - other).abs() < 1e-9, "{residuals:?}");
    }
    assert_eq!(levels(1.0).residuals(0.0, &[1.0]).count(), 0);
}

#[test]
fn residuals_of_equal_tenants_are_distances_from_their_center() {
    // A straggler is as far away as it is, not closer by what is unknown of a
    // median that says nothing.
    let residuals: Vec<_> = levels(1e-6).residuals(1.0, &[0.0, 1.5, 4.0]).collect();
    for (one, other) in residuals.iter().zip([-1.0, 0.5, 3.0]) {
        assert!((one - other).abs() < 1e-6, "{residuals:?}");
    }
}

#[test]
fn a_tenant_with_many_runs_is_judged_by_its_own() {
    let (names, tap) = (tenants(6), Text::new("shopify"));
    let mut runs = Vec::new();
    for (index, tenant) in names.iter().enumerate() {
        let size = 10.0 * 2_f64.powi(i32::try_from(index).unwrap());
        runs.extend([0.9, 1.0, 1.1, 1.0, 0.95].map(|noise| (tenant, size * noise)));
    }
    let durations = fit(&tap, &runs).unwrap();
    let largest = durations.typical(&names[5], Some(&tap));
    // Sizes differ by far more than runs, so that little is drawn away.
    assert!(
        (largest.p50.as_secs_f64() - 320.0).abs() < 3.0,
        "{largest:?}"
    );
    assert_eq!(largest.runs, 5);
    assert!(largest.p90 > largest.p50 && largest.p95 > largest.p90);
    // A tenant without runs is expected in the middle, with a wide spread.
    let unknown_tenant = TenantId::parse("new").unwrap();
    let unknown = durations.typical(&unknown_tenant, Some(&tap));
    let middle = (10.0_f64 * 2_f64.powf(2.5)).ln();
    assert!((unknown.p50.as_secs_f64().ln() - middle).abs() < 1e-6);
    assert_eq!(unknown.runs, 0);
    assert!(unknown.p90.as_secs_f64() > 3.0 * unknown.p50.as_secs_f64());
}

#[test]
fn a_tenant_with_one_run_lies_between_it_and_the_flow() {
    let (names, tap) = (tenants(7), Text::new("shopify"));
    let mut runs = Vec::new();
    for (tenant, size) in names.iter().zip([80.0, 90.0, 100.0, 100.0, 110.0, 125.0]) {
        runs.extend([0.8, 0.9, 1.0, 1.1, 1.25].map(|noise| (tenant, size * noise)));
    }
    runs.push((&names[6], 400.0));
    let durations = fit(&tap, &runs).unwrap();
    let drawn = durations.expectation(&names[6], Some(&tap));
    assert!(
        drawn.ln_median.exp() > 100.0 && drawn.ln_median.exp() < 250.0,
        "{drawn:?}"
    );
    let known = durations.expectation(&names[2], Some(&tap));
    assert!(drawn.scale > known.scale);
}

#[test]
fn a_tap_with_enough_tenants_has_its_own_center() {
    let names = tenants(8);
    let (slow, quick, other) = (Text::new("slow"), Text::new("quick"), Text::new("other"));
    let runs = names.iter().enumerate().flat_map(|(index, tenant)| {
        let (tap, seconds) = if index % 2 == 0 {
            (&slow, 400.0)
        } else {
            (&quick, 40.0)
        };
        [0.9, 1.0, 1.1].map(|noise| Duration {
            started: 0,
            tenant,
            tap,
            seconds: seconds * noise,
        })
    });
    let durations = Durations::fit(runs).unwrap();
    let unknown_tenant = TenantId::parse("new").unwrap();
    let p50 = |tap| {
        durations
            .typical(&unknown_tenant, Some(tap))
            .p50
            .as_secs_f64()
    };
    assert!((p50(&slow) - 400.0).abs() < 0.01 && (p50(&quick) - 40.0).abs() < 0.01);
    assert!(p50(&other) > 40.0 && p50(&other) < 400.0);
}

#[test]
fn limit_is_raised_by_two_long_runs_and_not_by_one() {
    let (names, tap) = (tenants(2), Text::new("shopify"));
    let mut runs: Vec<_> = [60.0, 61.0, 59.0, 60.0, 62.0, 58.0, 300.0]
        .map(|seconds| (&names[0], seconds))
        .to_vec();
    assert!(
        fit(&tap, &runs)
            .unwrap()
            .limit(&names[0], Some(&tap), 0.002)
            .is_none()
    );
    runs.push((&names[1], 30.0));
    let limit = |runs: &[_]| {
        let limit = fit(&tap, runs).unwrap();
        limit.limit(&names[0], Some(&tap), 0.002).unwrap().as_secs()
    };
    assert!(limit(&runs) < 299, "{}", limit(&runs));
    runs.push((&names[0], 300.0));
    assert!(limit(&runs) >= 299, "{}", limit(&runs));
    assert!(fit(&tap, &runs[..2]).is_none());
}
