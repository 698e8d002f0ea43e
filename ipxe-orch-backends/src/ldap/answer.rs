//! What the answer to a bind says about the person.

use super::error::Fault;
use ipxe_orch_core::auth::Refusal;
use ldap3::asn1::{PL, parse_tag};

/// The control with which OpenLDAP and others say why a bind failed (draft-behera-ldap-password-policy).
pub(super) const POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";

/// The answer to a bind.
#[derive(Clone, Debug, Default)]
pub(super) struct Answer {
    pub code: u32,
    pub text: String,
    /// The value of the control [`POLICY`].
    pub policy: Option<Vec<u8>>,
}

impl Answer {
    /// Whether the person may sign in. A fault says nothing about the person.
    pub(super) fn judge(&self, doing: &str) -> Result<Result<(), Refusal>, Fault> {
        let policy = self.policy.as_deref().and_then(policy);
        match self.code {
            0 => Ok(policy.map_or(Ok(()), Err)),
            _ if self.text.contains("80090346") => Err(self.fault(doing)),
            49 => Ok(Err(policy.or_else(|| sub_code(&self.text)).unwrap_or(Refusal::Credentials))),
            // No password is stored, or the entry is gone since it was found.
            48 | 32 => Ok(Err(Refusal::Credentials)),
            // 389 Directory Server.
            53 if self.text.to_ascii_lowercase().contains("inactivated") => {
                Ok(Err(Refusal::Disabled))
            }
            19 if self.text.to_ascii_lowercase().contains("retry limit") => {
                Ok(Err(Refusal::Locked))
            }
            _ => Err(self.fault(doing)),
        }
    }

    /// The same for the account that searches: whatever is wrong is a fault.
    pub(super) fn judge_own(&self, doing: &str) -> Result<(), Fault> {
        match self.judge(doing) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(refusal)) => {
                let remedy = "check `bind_name` and its password";
                let mut fault = self.fault(doing);
                fault.text = format!("{}: {refusal}; {remedy}", fault.text);
                Err(fault)
            }
            Err(fault) => Err(fault),
        }
    }

    fn fault(&self, doing: &str) -> Fault {
        Fault::code(doing, self.code, &self.text)
    }
}

/// The reason in `AcceptSecurityContext error, data 52e`, which is a code of Windows in hexadecimal
/// digits.
fn sub_code(text: &str) -> Option<Refusal> {
    let (_, after) = text.split_once(" data ")?;
    let digits: String = after.chars().take_while(char::is_ascii_hexdigit).collect();
    Some(match digits.to_ascii_lowercase().as_str() {
        "525" | "52e" => Refusal::Credentials,
        "530" | "531" | "534" | "569" => Refusal::NotNow,
        "532" => Refusal::PasswordExpired,
        "533" => Refusal::Disabled,
        "701" => Refusal::Expired,
        "773" => Refusal::MustChangePassword,
        "775" => Refusal::Locked,
        _ => return None,
    })
}

/// The error in `SEQUENCE { warning [0] …, error [1] ENUMERATED }`.
fn policy(value: &[u8]) -> Option<Refusal> {
    let (_, tag) = parse_tag(value).ok()?;
    let error = tag.expect_constructed()?.into_iter().find(|part| part.id == 1)?;
    let PL::P(bytes) = error.payload else { return None };
    match bytes.as_slice() {
        [0] => Some(Refusal::PasswordExpired),
        [1] => Some(Refusal::Locked),
        [2] => Some(Refusal::MustChangePassword),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(code: u32, text: &str, policy: &[u8]) -> Answer {
        Answer {
            code,
            text: text.to_owned(),
            policy: (!policy.is_empty()).then(|| policy.to_vec()),
        }
    }

    #[test]
    fn active_directory_says_why_in_its_text() {
        let cases = [
            ("52e", Refusal::Credentials),
            ("525", Refusal::Credentials),
            ("530", Refusal::NotNow),
            ("531", Refusal::NotNow),
            ("532", Refusal::PasswordExpired),
            ("533", Refusal::Disabled),
            ("701", Refusal::Expired),
            ("773", Refusal::MustChangePassword),
            ("775", Refusal::Locked),
            ("fff", Refusal::Credentials),
        ];
        for (code, refusal) in cases {
            let text = format!(
                "80090308: LdapErr: DSID-0C0903A9, comment: AcceptSecurityContext error, data {code}, v1db1"
            );
            assert_eq!(answer(49, &text, &[]).judge("bind").unwrap(), Err(refusal), "{code}");
        }
    }

    #[test]
    fn openldap_says_why_in_a_control() {
        let judged = |code, policy: &[u8]| answer(code, "", policy).judge("bind").unwrap();
        assert_eq!(judged(49, &[0x30, 3, 0x81, 1, 1]), Err(Refusal::Locked));
        assert_eq!(judged(49, &[0x30, 3, 0x81, 1, 0]), Err(Refusal::PasswordExpired));
        assert_eq!(judged(0, &[0x30, 3, 0x81, 1, 2]), Err(Refusal::MustChangePassword));
        // A warning, that the password expires in an hour.
        assert_eq!(judged(0, &[0x30, 6, 0xa0, 4, 0x80, 2, 0x0e, 0x10]), Ok(()));
        for broken in [&[0x30][..], &[0x30, 3, 0x81, 1], &[4, 1, 1], &[0x30, 2, 0xa1, 0]] {
            assert_eq!(judged(49, broken), Err(Refusal::Credentials));
        }
    }

    #[test]
    fn other_results_say_nothing_about_the_person() {
        for code in [1, 8, 10, 13, 50, 51, 52, 53, 80, 999] {
            assert!(answer(code, "", &[]).judge("bind").is_err(), "{code}");
        }
        let binding = "80090346: LdapErr: DSID-0C090595, comment: AcceptSecurityContext error, data 80090346, v";
        assert!(answer(49, binding, &[]).judge("bind").is_err());
    }

    #[test]
    fn a_refused_bind_account_is_a_fault_of_the_settings() {
        let fault = answer(49, "x, data 775, y", &[]).judge_own("bind").unwrap_err();
        assert!(fault.text.contains("the account is locked; check `bind_name`"), "{}", fault.text);
        assert!(!fault.next, "another controller would count it again");
    }
}
