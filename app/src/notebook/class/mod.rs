//! A class: many notebooks graded by one rubric, with a table for the teacher and a page for each student.
//!
//! | what | where |
//! |---|---|
//! | whose notebook it is, and the language they are spoken to in | [`student`] |
//! | exercises, points, partial credit | [`rubric`] |
//! | a teacher's own exercise, variable by variable | [`against`] |
//! | points and why | [`grade`] |
//! | the same code handed in twice | [`alike`] |
//! | the table, the report for machines, the pages | [`table`], [`junit`], [`pages`] |

pub mod against;
pub mod alike;
pub mod grade;
pub mod junit;
pub mod pages;
pub mod rubric;
pub mod student;
pub mod table;

pub use grade::{Graded, Grader, Mark, Reason};
