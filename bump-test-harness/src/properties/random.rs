//! Random sequences of all operations, shrunk when one fails.

use crate::property::{Outcome, Trial};

#[cfg(not(feature = "std"))]
pub(crate) fn sequences(_trial: &Trial<'_>) -> Outcome {
    Outcome::Inapplicable("random sequences need the feature `std`")
}

#[cfg(feature = "std")]
pub(crate) fn sequences(trial: &Trial<'_>) -> Outcome {
    use core::cell::Cell;
    use proptest::array::uniform4;
    use proptest::collection::vec;
    use proptest::prelude::any;
    use proptest::test_runner::{
        Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner,
    };

    use crate::base::Faults;
    use crate::model::{Coverage, Limits};
    use crate::op::decode;

    // The same sequences in every run: a test that fails now and then helps nobody, and finding
    // new ones is the fuzzer's task. `PROPTEST_CASES` asks for more of them.
    let config = if cfg!(miri) {
        Config::with_cases(2)
    } else {
        Config::default()
    };
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 1 << 14,
        ..config
    };
    let longest = if cfg!(miri) { 8 } else { 64 };
    // Seeding the default one for each choice takes most of the time in Miri.
    let rng = TestRng::deterministic_rng(RngAlgorithm::XorShift);
    let mut runner = TestRunner::new_with_rng(config, rng);

    let trial = &Trial {
        limits: Limits::SMALL,
        ..*trial
    };
    let faults = Faults::default();
    let total = Cell::new(Coverage::default());
    let steps = vec(uniform4(any::<u8>()), 0..=longest);
    let result = runner.run(&steps, |steps| {
        let coverage = trial
            .run(&faults, &decode(steps.as_flattened()))
            .map_err(|violation| TestCaseError::fail(alloc::format!("{violation}")))?;
        let mut sum = total.get();
        sum += coverage;
        total.set(sum);
        Ok(())
    });
    match result {
        Ok(()) => Outcome::Passed(total.get()),
        Err(TestError::Fail(_, steps)) => {
            let ops = decode(steps.as_flattened());
            match trial.run(&faults, &ops) {
                // The bytes cannot express all figures, so some are left to simplify here.
                Err(violation) => Outcome::Failed(trial.shortest(&faults, ops, &violation)),
                Ok(_) => crate::property::failed(
                    crate::Rule::Untouched,
                    alloc::format!("fails at times: {}", crate::op::format(&ops)),
                ),
            }
        }
        Err(TestError::Abort(reason)) => {
            crate::property::failed(crate::Rule::Calm, alloc::format!("{reason}"))
        }
    }
}
