//! The class as JUnit XML, which continuous integration shows: a test case a notebook.

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::super::report::Status;
use super::Graded;
use super::table::{points, why};
use crate::i18n::Lang;
use atencion::{Error, Result, printable};

/// The document.
///
/// # Errors
/// None that a document in memory can have.
pub fn junit(class: &[Graded], lang: Lang) -> Result<String> {
    let mut suite = TestSuite::new("atencion verify");
    for graded in class {
        suite.add_test_case(case(graded, lang));
    }
    let mut report = Junit::new("atencion");
    report.add_test_suite(suite);
    report.to_string().map_err(|error| Error::value(error.to_string()))
}

fn case(graded: &Graded, lang: Lang) -> TestCase {
    let mut status = match graded.status {
        Status::Agrees => TestCaseStatus::success(),
        Status::Pending | Status::Nothing => TestCaseStatus::skipped(),
        Status::Differs => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Status::Error | Status::Unreadable => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let text = match why(graded, lang) {
        empty if empty.is_empty() => graded.status.word().to_owned(),
        why => why,
    };
    if graded.status != Status::Agrees {
        status.set_message(text);
    }
    let mut case = TestCase::new(printable(&graded.student), status);
    case.set_classname(printable(&graded.file.display().to_string()));
    case.add_property(("points", points(graded.points()).as_str()));
    case.add_property(("of", points(graded.of()).as_str()));
    case
}
