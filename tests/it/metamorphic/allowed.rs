//! Verdicts that a change turns rightly.

/// In place of a code: whatever is reported no more, or less severely.
pub(super) const LESS: &str = "less";

/// A change (`*` at its end stands for any rest), a code, and the reason.
pub(super) const ALLOWED: &[(&str, &str, &str)] = &[
    ("stopsignal-noise", "LL320", "Lambda ignores STOPSIGNAL, and the rule says so"),
    ("onbuild-noise", "LL320", "Lambda ignores ONBUILD, and the rule says so"),
    ("step-*", "LL320", "USER has an effect on a RUN behind it"),
    ("step-*", "LL327", "the owner of a folder has an effect on a RUN behind USER"),
    ("step-*", "LL602", "a RUN behind ARG keeps the argument's value in its history"),
    ("final-stage-*", "LL202", "a stage that is called a builder or a base is a sign of no function"),
    ("unrelated-stage-last", "LL202", "a stage that is called a builder or a base is a sign of no function"),
    ("other-stages-renamed", "LL804", "a misspelt name is an error if it is like the name of a stage"),
    ("start-tini*", "LL805", "the build contexts that pages draw hold no init"),
    ("start-tini*", "LL218", "the tini in front is asked for, and the one behind it is its argument"),
    ("start-sh-*", "LL223", "a shell resolves the path, and its text is no single element"),
    ("start-bash-exec", "LL223", "a shell resolves the path, and its text is no single element"),
    ("run-sudo*", "LL803", "sudo looks programs up in its own path, which leads to /usr/sbin"),
    ("flag-with-value", "LL813", "the index that pip is given may have a wheel"),
    ("flag-with-value", "LL802", "the repository that apk is given may have the package"),
    ("base-by-argument", "LL221", "a build argument is there to be changed"),
    ("base-by-argument", "LL001", "a default is there to be changed, and InvalidDefaultArgInFrom reports it"),
    ("tag-by-argument", "LL001", "a default is there to be changed, and InvalidDefaultArgInFrom reports it"),
    ("tag-by-argument", "LL221", "a build argument is there to be changed"),
    ("start-dumb-init", "LL805", "the build contexts that pages draw hold no init"),
    ("package-by-*", LESS, "a variable of a script is unknown, and what is unknown is not reported"),
    ("lower-case-keywords", "ConsistentInstructionCasing", "the rule is about the case of keywords"),
    ("lower-case-keywords", "FromAsCasing", "the rule is about the case of keywords"),
    ("mixed-case-keywords", "ConsistentInstructionCasing", "the rule is about the case of keywords"),
    ("mixed-case-keywords", "FromAsCasing", "the rule is about the case of keywords"),
    ("comment-first", "InvalidDefinitionDescription", "the rule is about the comment above FROM and ARG"),
    ("continuations-joined", "NoEmptyContinuation", "the rule is about the lines of a continuation"),
    ("braces-in-scripts", "NoEmptyContinuation", "the script is written in one line"),
];
