//! Any text in the comments that silence findings.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut file = String::new();
    for line in text.lines() {
        let head = match line.bytes().next() {
            Some(b'0') => "# lamblint: ",
            Some(b'1') => "# hadolint ",
            Some(b'2') => "# check=",
            Some(b'3') => "FROM ",
            Some(b'4') => "RUN ",
            _ => "# ",
        };
        file.push_str(head);
        file.push_str(line.get(1..).unwrap_or_default());
        file.push('\n');
    }
    file.push_str("FROM public.ecr.aws/lambda/python:3.12\nRUN yum install -y jq && \\\n# lamblint: ignore=LL801\n  cd /tmp\nCMD app.handler\n");
    lamblint_fuzz::dockerfile(file.as_bytes());
});
