//! The class that hotglue's SDK gives to an error: `hg_error_class`, which
//! targets write beside a refused record and taps into their messages. It is
//! not in the API document; hotglue's public code knows two classes.

use super::decode::Job;
use super::status::State;
use crate::hotglue::json::Fields;

/// The field that names the class.
const FIELD: &str = "hg_error_class";

/// A class of errors, which says who can repair it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorClass {
    /// The tenant's credentials are expired or revoked.
    InvalidCredentials,
    /// The data does not fit the target.
    InvalidPayload,
}

impl ErrorClass {
    /// All classes.
    const ALL: [Self; 2] = [Self::InvalidCredentials, Self::InvalidPayload];

    /// The name as hotglue writes it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "InvalidCredentialsError",
            Self::InvalidPayload => "InvalidPayloadError",
        }
    }

    /// What repairs it.
    pub(crate) fn remedy(self) -> &'static str {
        match self {
            Self::InvalidCredentials => "ask the tenant to reconnect",
            Self::InvalidPayload => "check the data that the target refused",
        }
    }

    /// The class that a text contains as a whole word.
    fn in_message(message: &str) -> Option<Self> {
        let mut words = message.split(|c: char| !(c.is_alphanumeric() || c == '_'));
        words.find_map(|word| Self::ALL.into_iter().find(|class| class.name() == word))
    }

    /// The class in a field of JSON, which may itself be text within JSON.
    fn in_json(json: &str) -> Option<Self> {
        json.match_indices(FIELD).find_map(|(index, _)| {
            let separators = ['"', '\'', '\\', ':', '=', ' ', '\t', '\n', '\r'];
            let value = json[index + FIELD.len()..].trim_start_matches(separators);
            let mut classes = Self::ALL.into_iter();
            classes.find(|class| value.starts_with(class.name()))
        })
    }
}

impl Job {
    /// Returns the class of the job's error, wherever the response names it:
    /// beside refused records, in a separate field or in the message. The
    /// `state` of a completed job is not read: it may be about an earlier run.
    pub(crate) fn error_class(&self) -> Option<ErrorClass> {
        let of_message = || ErrorClass::in_message(self.message.as_ref()?.as_str());
        if !self.raw.contains(FIELD) {
            return of_message();
        }
        let has_state = self.status.state() != State::Completed;
        let is_read = |name: &str| !name.starts_with("override_") && (name != "state" || has_state);
        let fields = Fields::read(&self.raw).ok()?;
        let in_field = |name: &str, json: &str| {
            if name == FIELD {
                ErrorClass::in_message(json)
            } else {
                ErrorClass::in_json(json)
            }
        };
        let mut fields = fields.iter().filter(|(name, _)| is_read(name));
        fields
            .find_map(|(name, value)| in_field(name, value.get()))
            .or_else(of_message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(fields: &str) -> Option<ErrorClass> {
        let body = format!(r#"{{"status":"EXPORT_FAILED",{fields}}}"#);
        Job::decode(&body).unwrap().error_class()
    }

    #[test]
    fn class_is_recognized_wherever_it_is() {
        let credentials = Some(ErrorClass::InvalidCredentials);
        for fields in [
            r#""bookmarks":{"orders":[{"success":false,"hg_error_class":"InvalidCredentialsError"}]}"#,
            r#""bookmarks":{"a":[{"hg_error_class": null},{"hg_error_class" : "InvalidCredentialsError"}]}"#,
            r#""state":{"bookmarks":{"orders":[{"hg_error_class":"InvalidCredentialsError"}]}}"#,
            r#""hg_error_class":"InvalidCredentialsError""#,
            r#""error":"{\"hg_error_class\": \"InvalidCredentialsError\"}""#,
            r#""message":"{'hg_error_class': 'InvalidCredentialsError', 'error': 'expired'}""#,
            r#""message":"hotglue_etl_exceptions.InvalidCredentialsError: token expired""#,
        ] {
            assert_eq!(class(fields), credentials, "{fields}");
        }
        let payload = r#""bookmarks":{"o":[{"hg_error_class":"InvalidPayloadError"}]}"#;
        assert_eq!(class(payload), Some(ErrorClass::InvalidPayload));
    }

    #[test]
    fn other_classes_and_similar_texts_are_none() {
        for fields in [
            r#""message":"disk full""#,
            r#""hg_error_class":null"#,
            r#""hg_error_class":"SomethingElse""#,
            r#""message":"NoInvalidCredentialsErrorHere""#,
            r#""override_x":{"hg_error_class":"InvalidCredentialsError"}"#,
        ] {
            assert_eq!(class(fields), None, "{fields}");
        }
    }

    #[test]
    fn state_of_a_completed_job_is_about_earlier_runs() {
        let body = r#"{"status":"JOB_COMPLETED","state":{"bookmarks":{"o":[{"hg_error_class":"InvalidPayloadError"}]}}}"#;
        assert_eq!(Job::decode(body).unwrap().error_class(), None);
    }
}
