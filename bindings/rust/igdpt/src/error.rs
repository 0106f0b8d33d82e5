// SPDX-License-Identifier: MIT
use std::fmt;

use igdpt_sys::{igdpt_finding, safe, IGDPT_NO_OFFSET};

use crate::{ErrorKind, Severity};

/// What a call gives.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a call failed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Error {
    /// What kind of thing went wrong; an unknown number from a newer library as it is
    pub kind: std::result::Result<ErrorKind, u32>,
    /// The rule that was broken, if the library told it
    pub finding: Option<Finding>,
}

impl From<safe::Failure> for Error {
    fn from(failure: safe::Failure) -> Self {
        let finding = (failure.finding.id != 0).then(|| Finding::from(&failure.finding));
        Self { finding, ..Self::from_code(failure.error) }
    }
}

impl Error {
    pub(crate) fn from_code(code: i32) -> Self {
        Self { kind: code.unsigned_abs().try_into(), finding: None }
    }

    /// Byte offset in the input
    pub fn offset(&self) -> Option<u64> {
        self.finding.and_then(|finding| finding.offset)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self.finding {
            Some(finding) => finding.fmt(f),
            None => f.write_str(safe::strerror(self.kind.map_or_else(|n| n, |k| k as u32) as i32)),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:?}: {self}", self.kind)
    }
}

impl std::error::Error for Error {}

/// Which rule was broken, where, by which value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable number
    pub id: u32,
    /// How bad it is
    pub severity: std::result::Result<Severity, u32>,
    /// What a strict consumer returns
    pub error: std::result::Result<ErrorKind, u32>,
    /// Byte offset in the input
    pub offset: Option<u64>,
    /// The value found
    pub value: u64,
    /// The value or bound expected
    pub want: u64,
}

impl From<&igdpt_finding> for Finding {
    fn from(raw: &igdpt_finding) -> Self {
        Self {
            id: raw.id,
            severity: raw.severity.try_into(),
            error: raw.error.unsigned_abs().try_into(),
            offset: (raw.offset != IGDPT_NO_OFFSET).then(|| raw.offset),
            value: raw.value,
            want: raw.want,
        }
    }
}

impl Finding {
    /// What is known about its number.
    pub fn rule(&self) -> Option<Rule> {
        Rule::find(self.id)
    }
}

/// The sentence with the numbers filled in.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let (id, value, want) = (self.id, self.value, self.want);
        let raw = igdpt_finding { id, value, want, ..Default::default() };
        f.write_str(&safe::finding_format(&raw).unwrap_or_default())
    }
}

/// What is known about a finding number.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Stable name
    pub name: &'static str,
    /// Template: %v and %w are value and want in hex, %V and %W in decimal
    pub message: &'static str,
    /// What to do
    pub remedy: &'static str,
    /// Specification, kernel file or measurement behind the rule
    pub source: &'static str,
    /// How bad it is
    pub severity: std::result::Result<Severity, u32>,
}

impl Rule {
    /// By number
    pub fn find(id: u32) -> Option<Self> {
        let ([name, message, remedy, source], severity) = safe::finding_describe(id).ok()?;
        Some(Self { name, message, remedy, source, severity: severity.try_into() })
    }
}

/// A receiver of raw findings for one of findings
pub(crate) fn receiver(mut receive: impl FnMut(Finding)) -> impl FnMut(&igdpt_finding) {
    move |raw| receive(Finding::from(raw))
}
