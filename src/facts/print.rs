//! AWS's runtimes as a table: dates, and what is past on a given day.

use super::{Runtime, runtimes};
use jiff::civil::Date;
use serde_json::{Value, json};

/// Days before a deprecation that it is worth a word.
const SOON: i32 = 180;

impl Runtime {
    /// Where it stands on a day, in a few words.
    pub fn standing(&self, today: Date) -> String {
        let past = |day: Option<Date>| day.is_some_and(|day| day <= today);
        if !past(self.released) && !past(self.deprecation) {
            return "not out yet".into();
        }
        if past(self.block_update) {
            return "past: functions can be neither created nor updated".into();
        }
        if past(self.block_create) {
            return "past: functions can no longer be created".into();
        }
        match self.deprecation {
            Some(day) if day <= today => "past: deprecated".into(),
            Some(day) => match (day - today).get_days() {
                1 => "deprecated tomorrow".into(),
                days if days <= SOON => format!("deprecated in {days} days"),
                _ => "supported".into(),
            },
            None => "supported".into(),
        }
    }
}

/// All runtimes, a line each.
pub fn runtimes_table(today: Date, width: usize) -> String {
    let date = |day: Option<Date>| day.map_or("-".to_owned(), |day| day.to_string());
    let head = ["runtime", "os", "released", "deprecated", "no create", "no update"].map(str::to_owned);
    let row = |cells: &[String; 6], last: &str| {
        let [id, os, released, deprecated, create, update] = cells;
        if width < WHOLE_TABLE {
            return format!("{id:<13} {deprecated:<11} {last}\n");
        }
        format!("{id:<16} {os:<7} {released:<12} {deprecated:<11} {create:<11} {update:<11} {last}\n")
    };
    let mut text = row(&head, &format!("on {today}"));
    for runtime in runtimes() {
        let [released, deprecated] = [runtime.released, runtime.deprecation].map(date);
        let [create, update] = [runtime.block_create, runtime.block_update].map(date);
        let cells = [runtime.id.to_string(), runtime.os.to_string(), released, deprecated, create, update];
        text.push_str(&row(&cells, &runtime.standing(today)));
    }
    text
}

/// Columns that the table needs with all dates. A narrower window gets the date that counts first.
const WHOLE_TABLE: usize = 90;

/// The same as JSON.
pub fn runtimes_json(today: Date) -> String {
    let one = |runtime: &Runtime| {
        json!({
            "id": runtime.id,
            "family": runtime.family,
            "image": format!("public.ecr.aws/lambda/{}:{}", runtime.family, runtime.tag),
            "architectures": runtime.archs,
            "os": runtime.os,
            "released": runtime.released,
            "deprecation": runtime.deprecation,
            "block_create": runtime.block_create,
            "block_update": runtime.block_update,
            "past": runtime.deprecation.is_some_and(|day| day <= today),
            "standing": runtime.standing(today),
        })
    };
    format!("{:#}\n", Value::from(runtimes().iter().map(one).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_runtimes_stand() {
        let today = jiff::civil::date(2026, 11, 24);
        let of = |id: &str| runtimes().iter().find(|r| r.id == id).map(|r| r.standing(today)).unwrap();
        assert_eq!(of("nodejs26.x"), "not out yet");
        assert_eq!(of("nodejs24.x"), "supported");
        assert_eq!(of("nodejs22.x"), "deprecated in 157 days");
        assert_eq!(of("nodejs20.x"), "past: deprecated");
        assert_eq!(of("nodejs14.x"), "past: functions can no longer be created");
        assert_eq!(of("nodejs12.x"), "past: functions can be neither created nor updated");
    }

    #[test]
    fn every_runtime_has_its_line() {
        let today = jiff::civil::date(2026, 11, 24);
        assert_eq!(runtimes_table(today, 100).lines().count(), runtimes().len() + 1);
        let json: Value = serde_json::from_str(&runtimes_json(today)).unwrap();
        assert_eq!(json.as_array().map(Vec::len), Some(runtimes().len()));
    }
}
