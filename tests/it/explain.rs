//! From the message a user has to the rule that would have prevented it: the right one is first.

mod met;
mod pasted;

use crate::support::internals::explain::{clear, outside, search};
use crate::support::internals::rules;
use std::fmt::Write as _;

/// Messages of Lambda, its runtimes, package managers and Docker, with names of a project's own, and the code that is
/// to be first; several where the message alone does not tell them apart.
#[rustfmt::skip]
const MESSAGES: &[(&str, &str)] = &[
    ("The image manifest, config or layer media type for the source image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders:latest is not supported.", "LL101"),
    ("InvalidParameterValueException: The image manifest or layer media type for the source image 123456789012.dkr.ecr.us-east-1.amazonaws.com/api@sha256:0b5f0c6d1a2b3c4d is not supported.", "LL101"),
    ("Lambda function arn:aws:lambda:eu-west-1:123456789012:function:orders reached terminal FAILED state due to InvalidImage(ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest sha256:4f4fb700ef54461cfa02571ae0db9a0dc1e0cdb5577484a6d75e68dc38e8acc1) and failed to stabilize", "LL103"),
    ("InvalidImage(MissingParentDirectory: Parent directory does not exist for file: orders/models/__init__.py)", "LL105"),
    ("InvalidImage(SizeLimitExceeded: Uncompressed container image size exceeds 10 GiB limit)", "LL106"),
    ("Lambda function 'orders' for version '$LATEST.PUBLISHED' failed to stabilize since it is in Failed state due to FunctionError.InvalidEntryPoint(The Lambda function's runtime entrypoint path isn't valid. The path must be absolute, non-empty, and point to an executable file.)", "LL223"),
    ("IMAGE\tLaunch error: fork/exec /lambda-entrypoint.sh: exec format error\tEntrypoint: [/lambda-entrypoint.sh]\tCmd: [main.handler]\tWorkingDir: [/var/task]", "LL208|LL221"),
    ("{\"errorMessage\":\"RequestId: 6f1c2b9e-8a3b-4c5d-9e0f-112233445566 Error: fork/exec /app/server: exec format error\",\"errorType\":\"Runtime.InvalidEntrypoint\"}", "LL208|LL221"),
    ("fork/exec /usr/bin/start-orders: no such file or directory Runtime.InvalidEntrypoint", "LL206"),
    ("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]", "LL201"),
    ("the working directory doesn't exist: /srv/orders", "LL217"),
    ("the working directory 'srv' is invalid, it needs to be an absolute path", "LL217"),
    ("entrypoint requires the handler name to be the first argument", "LL203|LL202|LL204"),
    ("START RequestId: 11111111-2222-3333-4444-555555555555 Version: $LATEST\nentrypoint requires the handler name to be the first argument\nEND RequestId: 11111111-2222-3333-4444-555555555555\nRequestId: 11111111-2222-3333-4444-555555555555 Error: Runtime exited with error: exit status 142\nRuntime.ExitError", "LL203|LL202|LL204"),
    ("/lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: Permission denied", "LL207"),
    ("/lambda-entrypoint.sh: line 14: exec: /var/runtime/bootstrap: cannot execute: Permission denied\nRuntime exited with error: exit status 126", "LL207"),
    ("/lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: No such file or directory", "LL213"),
    ("Error: Runtime exited with error: exit status 127 Runtime.ExitError", "LL213"),
    ("RequestId: 0c1d2e3f-aaaa-bbbb-cccc-ddddeeeeffff Error: Runtime exited without providing a reason Runtime.ExitError", "LL214|LL224|LL216"),
    ("npm ERR! code EROFS npm ERR! syscall mkdir npm ERR! path /home/sbx_user1051 npm ERR! errno -30", "LL306"),
    ("EROFS: read-only file system, mkdir '/home/sbx_user1051/.npm'", "LL306"),
    ("Error: Runtime exited with error: exit status 226", "LL306"),
    ("OSError: [Errno 30] Read-only file system: '/home/sbx_user1051'", "LL305"),
    ("OSError: [Errno 30] Read-only file system: '/home/sbx_user1051/.cache/huggingface'", "LL305"),
    ("[ERROR] PermissionError: [Errno 13] Permission denied: '/var/task/orders.py'", "LL303|LL304"),
    ("Error: EACCES: permission denied, open '/var/task/orders.js'", "LL303"),
    ("/var/task/orders: /lib64/libc.so.6: version `GLIBC_2.28' not found (required by /var/task/orders)", "LL211"),
    ("./bootstrap: /lib64/libc.so.6: version 'GLIBC_2.34' not found (required by ./bootstrap)", "LL211"),
    ("Extension limit (10) reached", "LL219"),
    ("Error Type: Extension.LaunchError", "LL219"),
    ("Bad handler 'orders': not enough values to unpack (expected 2, got 1)", "LL302"),
    ("Runtime.MalformedHandlerName: Bad handler", "LL302"),
    ("'/orders.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.", "LL302"),
    ("[ERROR] Runtime.ImportModuleError: Unable to import module 'orders': No module named 'orders'", "LL301"),
    ("Error: Cannot find module 'orders'", "LL301"),
    ("[ERROR] Runtime.ImportModuleError: Unable to import module 'orders': cannot import name 'Invoice' from 'billing' (/var/task/billing.py)", "LL334"),
    ("ImportError: cannot import name 'Invoice' from 'billing' (/var/task/billing/__init__.py)", "LL334"),
    ("Unable to import module 'orders': attempted relative import with no known parent package", "LL335"),
    ("ImportError: attempted relative import beyond top-level package", "LL335"),
    ("Handler 'run' missing on module 'orders'", "LL333"),
    ("orders.run is undefined or not exported", "LL333"),
    ("Error: Cannot find module './rates'\nRequire stack:\n- /var/task/orders.js\n- /var/runtime/index.mjs", "LL332"),
    ("Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'got' imported from /var/task/orders.mjs", "LL332"),
    ("SyntaxError: The requested module './rates.mjs' does not provide an export named 'rate'", "LL334"),
    ("Unable to import module 'src/orders': No module named 'billing.rates'", "LL332"),
    ("Unable to import module 'orders': No module named 'json.tools'; 'json' is not a package", "LL332"),
    ("ModuleNotFoundError: No module named 'stripe'", "LL332"),
    ("Runtime.ImportModuleError: Unable to import module 'orders': No module named 'asn1crypto._perf'", "LL338"),
    ("Unable to import module 'orders': No module named 'pydantic_core._pydantic_core'", "LL338"),
    ("No module named 'lxml._etree'", "LL338"),
    ("Runtime.ImportModuleError: Unable to import module 'orders': cannot import name 'DEFAULT_CIPHERS' from 'urllib3.util.ssl_' (/var/task/urllib3/util/ssl_.py)", "LL337"),
    ("ImportError: cannot import name 'url_quote' from 'werkzeug.urls' (/var/task/werkzeug/urls.py)", "LL337"),
    ("awscli 1.45.11 requires botocore==1.43.11, but you have botocore 1.44.8 which is incompatible.", "LL337"),
    ("ERROR: pip's dependency resolver does not currently take into account all the packages that are installed.", "LL337"),
    ("orders 1.0 has requirement rates>=2, but you have rates 1.4.", "LL337"),
    ("orders 1.0 requires rates, which is not installed.", "LL336"),
    ("npm error missing: rates@^2.0.0, required by orders@1.0.0", "LL336"),
    ("Error: Cannot find module '@acme/rates'", "LL332"),
    ("Error: Cannot find module '.prisma/client/index'", "LL332"),
    ("[ERROR] Runtime.ImportModuleError: Unable to import module 'src.orders': No module named 'src'", "LL301"),
    ("ModuleNotFoundError: No module named 'src'", "LL301"),
    ("Unable to load type 'Orders.EntryPoint' from assembly 'Orders'", "LL301"),
    ("ValueError: Handler not set", "LL220|LL202"),
    ("No handler specified", "LL202|LL220"),
    ("npm ERR! Error: cmake is not installed.", "LL806"),
    ("Class not found: com.example.orders.OrderHandler", "LL312"),
    ("java.lang.ClassNotFoundException: com.example.orders.OrderHandler", "LL312"),
    ("Error: .NET binaries for Lambda function are not correctly installed in the /var/task directory of the image when the image was built. The /var/task directory is missing.", "LL321"),
    ("is missing the required .deps.json file.", "LL321"),
    ("Error: No Lambda Handler function was specified.", "LL202"),
    ("Invalid handler orders, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME corresponds with an existing Ruby source file FILENAME.rb", "LL302"),
    ("/bin/sh: line 1: yum: command not found", "LL801"),
    ("/bin/sh: line 1: find: command not found", "LL803"),
    ("tar (child): gzip: Cannot exec: No such file or directory", "LL803"),
    ("error: No package matches 'chromium'", "LL802"),
    ("error: No package matches 'epel-release'", "LL802"),
    ("/opt/orders-wrapper: does not exist", "LL324"),
    ("cannot load such file -- sinatra", "LL313"),
    ("Error: /var/task/node_modules/canvas/build/Release/canvas.node: invalid ELF header", "LL314"),
    ("Exception in thread \"main\" java.lang.UnsupportedClassVersionError: com/example/orders/App has been compiled by a more recent version of the Java Runtime (class file version 65.0)", "LL330"),
    ("SyntaxError: Cannot use import statement outside a module", "LL321"),
    ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "LL331"),
    ("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION", "LL703"),
    ("./orders: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory", "LL212"),
    ("INIT_REPORT Init Duration: 9999.41 ms Phase: init Status: timeout", "LL319"),
    ("ERROR: failed to solve: builder2: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed", "LL804"),
    ("ERROR: failed to solve: failed to compute cache key: failed to calculate checksum of ref 3b1f0c7e::x9: \"/orders.txt\": not found", "LL805"),
    ("Couldn't find valid bootstrap(s): [app.handler]", "LL215"),
    ("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/weights.bin'", "LL307"),
    ("BrowserType.launch: Executable doesn't exist at /home/sbx_user1051/.cache/ms-playwright/chromium-1091/chrome-linux/chrome", "LL308"),
    ("PrismaClientInitializationError: Prisma Client could not locate the Query Engine for runtime \"linux-arm64-openssl-3.0.x\".", "LL329"),
    ("exec /app/orders.sh: no such file or directory", "LL210"),
    ("libstdc++.so.6: version `GLIBCXX_3.4.30' not found (required by /var/task/lib/orders.so)", "LL211"),
    ("Runtime.ImportModuleError: Unable to import module 'orders': No module named 'fastapi'", "LL332"),
    ("error: No virtual environment found; run `uv venv` to create an environment, or pass `--system` to install into a non-virtual environment", "LL809"),
    ("toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit", "LL409"),
    ("UnsupportedImageLayerDetected", "LL103"),
    ("Source image public.ecr.aws/lambda/python:3.13 is not valid. Provide a valid source image.", "LL702"),
    ("{\"Message\":\"Lambda layers are not supported for functions created with container images.\"}", "LL701"),
    ("Resource with id [Notify] is invalid. Runtime, Handler, Layers cannot be present when PackageType is of type `Image`", "LL701"),
    ("InvalidParameterValueException: Please don't provide Handler or Runtime or Layer when the intended function PackageType is Image.", "LL701"),
    ("Error: handler and runtime must be set when PackageType is Zip", "LL701"),
    ("Error: ImageUri not provided for Function of PackageType: Image", "LL706"),
    ("exceeded the 4KB limit. String measured: {\"A\":\"b\"}", "LL704"),
    ("Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1", "LL707"),
    ("Value '1000' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900", "LL708"),
    ("SnapStart does not support ephemeral storage greater than 512 MB", "LL709"),
    ("ServerlessError: Referenced \"orders\" not defined in \"provider.ecr.images\"", "LL711"),
    ("{\"message\": \"Endpoint request timed out\"}", "LL717"),
    ("Function must be configured to execute in a VPC to reference access point arn:aws:elasticfilesystem:eu-west-1:123456789012:access-point/fsap-1", "LL718"),
    ("GLIBC_2.38 not found", "LL211"),
    ("cannot open shared object file", "LL212"),
    ("exec format error", "LL208|LL221"),
    ("Read-only file system", "LL305"),
    ("yum not found", "LL801"),
    ("exit status 142", "LL203|LL202|LL204"),
    ("unknown instruction", "LL001"),
];

/// How many of some messages have the right rule first; fails on any that has not.
#[track_caller]
fn right_first(messages: &[(&str, &str)]) -> usize {
    let mut wrong = String::new();
    let mut right = 0;
    for (message, codes) in messages {
        let codes: Vec<&str> = codes.split('|').collect();
        if !codes.iter().any(|code| rules::find(code).is_some()) {
            continue;
        }
        let found: Vec<String> =
            search(message).iter().take(4).map(|m| format!("{} {:.1}", m.rule.code(), m.score)).collect();
        if found.first().is_some_and(|first| codes.iter().any(|code| first.starts_with(code))) {
            right += 1;
        } else {
            writeln!(wrong, "{message}\n  wanted {codes:?}, got {found:?}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{right} right, and\n{wrong}");
    right
}

#[test]
fn the_right_rule_is_first() {
    let right = right_first(MESSAGES);
    assert!(right >= 40, "{right} messages");
}

#[test]
fn the_right_rule_is_first_for_what_people_paste() {
    let right = right_first(pasted::PASTED);
    assert!(right >= 160, "{right} messages");
}

#[test]
fn the_right_rule_is_first_for_what_people_meet() {
    let wrong: Vec<String> = met::MET.iter().filter_map(|(message, codes)| why_wrong(message, codes)).collect();
    assert!(wrong.is_empty(), "{} of {} wrong:\n{}", wrong.len(), met::MET.len(), wrong.join("\n"));
}

/// What is found of a message in place of one of its codes.
fn why_wrong(message: &str, codes: &str) -> Option<String> {
    let found = search(message);
    let means = outside(message);
    let right = |code: &str| match code {
        "-" => found.is_empty(),
        "=" => means.is_some(),
        code => found.first().is_some_and(|first| first.rule.code() == code),
    };
    let first: Vec<&str> = found.iter().take(3).map(|one| one.rule.code()).collect();
    (!codes.split('|').any(right)).then(|| format!("{message}\n  wanted {codes}, got {first:?} {means:?}"))
}

#[test]
fn what_no_page_quotes_finds_nothing() {
    for message in ["hello there", "START RequestId: 6f1c2b9e-8a3b-4c5d-9e0f-112233445566 Version: $LATEST"] {
        let found: Vec<String> = search(message).iter().map(|m| format!("{} {:.1}", m.rule.code(), m.score)).collect();
        assert!(found.is_empty(), "{message}: {found:?}");
    }
}

/// Messages that nothing in an image brings about are said to be that, and do not lead to a rule that sounds alike.
#[test]
fn what_no_rule_is_about_is_said() {
    for (message, means) in [
        (
            "InvalidParameterValueException: Source image 998877665544.dkr.ecr.us-east-1.amazonaws.com/notify:latest does not exist. Provide a valid source image.",
            "push the image",
        ),
        (
            "An error occurred (AccessDeniedException) when calling the CreateFunction operation: Lambda does not have permission to access the ECR image. Check the ECR permissions.",
            "policy",
        ),
        (
            "An error occurred (ResourceConflictException) when calling the Invoke operation: The operation cannot be performed at this time. The function is currently in the following state: Pending",
            "wait",
        ),
    ] {
        let found = outside(message)
            .unwrap_or_else(|| panic!("{message}: {:?}", search(message).first().map(|m| m.rule.code())));
        assert!(found.contains(means), "{message}: {found}");
    }
    let about: Vec<&str> = MESSAGES
        .iter()
        .chain(pasted::PASTED)
        .map(|(text, _)| *text)
        .filter(|text| outside(text).is_some() && search(text).is_empty())
        .collect();
    assert!(about.is_empty(), "a rule is about these: {about:#?}");
}

/// Messages of everyday that no image and no Dockerfile brings about.
const ELSEWHERE: &[&str] = &[
    "An error occurred (AccessDenied) when calling the CreateFunction operation: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: lambda:CreateFunction",
    "botocore.exceptions.NoCredentialsError: Unable to locate credentials",
    "KeyError: 'Records'",
    "TypeError: Cannot read properties of undefined (reading 'body')",
    "requests.exceptions.ConnectionError: HTTPSConnectionPool(host='api.example.com', port=443): Max retries exceeded",
    "psycopg2.OperationalError: could not connect to server: Connection timed out",
    "npm ERR! code ERESOLVE npm ERR! ERESOLVE unable to resolve dependency tree",
    "ERROR: Could not find a version that satisfies the requirement orders==1.2.3",
    "Error response from daemon: manifest for orders:latest not found: manifest unknown",
    "ResourceNotFoundException: Function not found: arn:aws:lambda:us-east-1:123456789012:function:orders",
    "Runtime exited with error: signal: killed",
    "Runtime exited with error: exit status 137",
    "RequestId: 6f1c2b9e-8a3b-4c5d-9e0f-112233445566 Error: Runtime exited with error: exit status 3 Runtime.ExitError",
    "java.lang.OutOfMemoryError: Java heap space",
    "java.lang.NullPointerException",
    "AttributeError: 'NoneType' object has no attribute 'get'",
    "getaddrinfo ENOTFOUND db.internal",
    "Stack is in ROLLBACK_COMPLETE state and can not be updated",
    "The function is slow",
];

#[test]
fn what_comes_from_elsewhere_leads_to_no_rule() {
    let led = |message: &&&str| search(message).first().map(|found| found.rule.code()).is_some();
    let wrong: Vec<_> = ELSEWHERE.iter().filter(led).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_ends_of_processes_have_texts_of_their_own() {
    for (message, text) in [
        ("Error: Runtime exited with error: exit status 137", "memory"),
        ("Error: Runtime exited with error: exit status 139", "segmentation fault"),
        ("Error: Runtime exited with error: exit status 142", "handler"),
        ("Error: Runtime exited with error: exit status 254", "npm"),
        ("Error: Runtime exited with error: exit status 3", "its own exit status"),
        ("Task timed out after 3.00 seconds", "Timeout"),
    ] {
        assert!(outside(message).is_some_and(|means| means.contains(text)), "{message}: {:?}", outside(message));
    }
}

/// A time-out has many reasons: what it means is said, and no rule is shown as the answer.
#[test]
fn no_rule_is_the_answer_to_a_time_out() {
    for message in [
        "2026-11-28T18:00:00Z 1234 Task timed out after 30.03 seconds",
        "{\"errorType\":\"Sandbox.Timedout\",\"errorMessage\":\"RequestId: 1a2b Error: Task timed out after 3.00 seconds\"}",
        "Sandbox.Timedout",
        "START RequestId: 1\nEND RequestId: 1\nREPORT RequestId: 1 Duration: 3003.00 ms\n1 Task timed out after 3.00 seconds",
        "Function timed out after 900 seconds",
        "INIT_REPORT Init Duration: 9999.41 ms Phase: init Status: timeout",
        "Sandbox.Timedout: the start is not done after 10 seconds",
        "Init timed out",
        "TimeoutError: page.goto: Timeout 30000ms exceeded.",
        "[CRITICAL] WORKER TIMEOUT (pid:9)",
        "context deadline exceeded",
        "upstream request timeout",
        "asyncio.exceptions.TimeoutError",
    ] {
        assert!(!clear(&search(message)), "{message}");
    }
}

/// What waits for a server is about the network and no rule.
#[test]
fn a_server_that_does_not_answer_is_no_fault_of_the_image() {
    for message in [
        "botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL: \"https://dynamodb.eu-west-1.amazonaws.com/\"",
        "ReadTimeoutError: Read timeout on endpoint URL: \"https://s3.amazonaws.com/\"",
        "Error: connect ETIMEDOUT 10.0.0.5:5432",
        "psycopg2.OperationalError: connection to server at \"db\" (10.0.0.5), port 5432 failed: Connection timed out",
        "socket.timeout: timed out",
        "java.net.SocketTimeoutException: Read timed out",
        "dial tcp 10.0.0.5:443: i/o timeout",
        "net::ERR_TIMED_OUT at https://orders.example.com",
    ] {
        assert!(search(message).is_empty(), "{message}");
        assert!(outside(message).is_some_and(|means| means.contains("does not answer")), "{message}");
    }
}

/// A gateway that gives up says so itself, and that is another thing than the function's own limit.
#[test]
fn a_gateway_that_gives_up_is_told_from_the_function() {
    assert_eq!(search("{\"message\": \"Endpoint request timed out\"}")[0].rule.code(), "LL717");
    assert_eq!(search("Task timed out after 6.00 seconds")[0].rule.code(), "LL214");
    assert_eq!(search("fork/exec ${PROGRAM}: no such file or directory")[0].rule.code(), "LL325");
}

/// What is None in a program is the program's affair, unless it is the client.
#[test]
fn a_value_that_is_none_is_no_fault_of_the_image() {
    assert!(search("AttributeError: 'NoneType' object has no attribute 'split'").is_empty());
    let client = search("AttributeError: 'NoneType' object has no attribute 'next'");
    assert_eq!(client[0].rule.code(), "LL328");
    assert!(!clear(&client));
}
