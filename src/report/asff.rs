//! AWS Security Finding Format: what `aws securityhub batch-import-findings --findings` takes, 100 at a time.
//! <https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-findings-format-syntax.html>

use super::{Run, message_of_one_place, plain, whereabouts};
use crate::diagnostic::{Diagnostic, Severity};
use serde_json::{Value, json};

/// Characters that a title may have.
const MAX_TITLE: usize = 256;
/// Characters that a description may have.
const MAX_DESCRIPTION: usize = 1024;
/// Characters that a recommendation may have.
const MAX_RECOMMENDATION: usize = 512;

pub(super) fn render(run: &Run<'_>) -> String {
    let findings: Vec<Value> = run.diagnostics().map(|(_, diagnostic)| finding(run, diagnostic)).collect();
    format!("{:#}\n", Value::Array(findings))
}

fn finding(run: &Run<'_>, diagnostic: &Diagnostic) -> Value {
    let (account, region) = run.account.map_or(("", ""), |account| (&*account.id, &*account.region));
    let day = format!("{}T00:00:00Z", run.today);
    let path = plain(&run.portable(&diagnostic.path));
    let place = format!("{path}:{}", whereabouts(diagnostic));
    let label = match diagnostic.severity {
        Severity::Error => "HIGH",
        Severity::Warning => "MEDIUM",
        Severity::Info => "INFORMATIONAL",
    };
    json!({
        "SchemaVersion": "2018-10-08",
        "Id": format!("lamblint/{}/{place}", diagnostic.code),
        "ProductArn": format!("arn:aws:securityhub:{region}:{account}:product/{account}/default"),
        "GeneratorId": format!("lamblint/{}", diagnostic.code),
        "AwsAccountId": account,
        "Types": ["Software and Configuration Checks/AWS Security Best Practices"],
        "CreatedAt": day,
        "UpdatedAt": day,
        "Severity": {"Label": label},
        "Title": cut(&format!("{} {}", super::github::title(diagnostic), plain(&diagnostic.message)), MAX_TITLE),
        "Description": cut(&format!("{place}: {}", message_of_one_place(diagnostic)), MAX_DESCRIPTION),
        "Remediation": {"Recommendation": {
            "Text": cut(&plain(diagnostic.help.as_deref().unwrap_or("See the rule's page.")), MAX_RECOMMENDATION),
            "Url": diagnostic.url,
        }},
        "Resources": [{"Type": "Other", "Id": cut(&path, 512), "Region": region}],
        "RecordState": "ACTIVE",
    })
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}
