//! From the message a user has to the rule that would have prevented it: the right one is first.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on has failed")]

use lamblint::explain::search;
use lamblint::rules;
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
    ("Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION", "LL318"),
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
    ("Runtime.ImportModuleError: Unable to import module 'orders': No module named 'fastapi'", "LL309|LL301|LL310"),
    ("error: No virtual environment found; run `uv venv` to create an environment, or pass `--system` to install into a non-virtual environment", "LL809"),
    ("toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit", "LL409"),
    ("UnsupportedImageLayerDetected", "LL103"),
    ("GLIBC_2.38 not found", "LL211"),
    ("cannot open shared object file", "LL212"),
    ("exec format error", "LL208|LL221"),
    ("Read-only file system", "LL305"),
    ("yum not found", "LL801"),
    ("exit status 142", "LL203|LL202|LL204"),
    ("unknown instruction", "LL001"),
];

/// The same messages as people paste them: whole log lines, JSON, what a deployment tool wraps around, other quotes and
/// cases, cut off, or with a stack trace.
#[rustfmt::skip]
const PASTED: &[(&str, &str)] = &[
    // Deploy: the command line, CloudFormation, CDK, Terraform, SAM, Pulumi, the console.
    ("An error occurred (InvalidParameterValueException) when calling the CreateFunction operation: The image manifest, config or layer media type for the source image 210987654321.dkr.ecr.ap-southeast-2.amazonaws.com/billing/worker:1.4.2 is not supported.", "LL101"),
    ("Resource handler returned message: \"The image manifest or layer media type for the source image 210987654321.dkr.ecr.eu-central-1.amazonaws.com/cdk-hnb659fds-container-assets@sha256:5c1e7d is not supported. (Service: Lambda, Status Code: 400, Request ID: 7be3a9ef-1a5e-4f1c-8c9d-0f8d2f9b6a11)\" (RequestToken: 0d8c6a5e-71aa-9d6a-10f1-2d4f2f3e8a77, HandlerErrorCode: InvalidRequest)", "LL101"),
    ("│ Error: creating Lambda Function (billing): operation error Lambda: CreateFunction, https response error StatusCode: 400, RequestID: 33f0a6a2-9d5a-4b0e-9d6f-6a7f3a1c2b4d, InvalidParameterValueException: The image manifest, config or layer media type for the source image 210987654321.dkr.ecr.us-west-2.amazonaws.com/billing:v3 is not supported.\n│ \n│   with aws_lambda_function.billing,\n│   on main.tf line 12, in resource \"aws_lambda_function\" \"billing\":\n│   12: resource \"aws_lambda_function\" \"billing\" {", "LL101"),
    ("the image manifest or layer media type for the source image", "LL101"),
    ("THE IMAGE MANIFEST, CONFIG OR LAYER MEDIA TYPE FOR THE SOURCE IMAGE IS NOT SUPPORTED", "LL101"),
    ("billing-stack | 14:02:11 | UPDATE_FAILED | AWS::Lambda::Function | Worker8D2F1A33 Resource handler returned message: \"Lambda function arn:aws:lambda:us-east-1:210987654321:function:billing-Worker8D2F1A33-Zq3 reached terminal FAILED state due to InvalidImage(ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest sha256:9d1c2f0f4b1cd3cc6a9d6b0b3e7b0a5b) and failed to stabilize\" (RequestToken: 6e0f2d3c-77aa-1d6a-10f1-2d4f2f3e8a77, HandlerErrorCode: NotStabilized)", "LL103"),
    ("\"StateReason\": \"ImageLayerFailure: UnsupportedImageLayerDetected - Layer Digest sha256:0a9b8c7d\", \"StateReasonCode\": \"InvalidImage\"", "LL103"),
    ("Error: waiting for Lambda Function (billing) create: unexpected state 'Failed', wanted target 'Active'. last error: InvalidImage: MissingParentDirectory: Parent directory does not exist for file: numpy/core/__init__.py", "LL105"),
    ("aws:lambda:Function (worker): error: 1 error occurred: * waiting for creation: unexpected state 'Failed'. last error: InvalidImage: SizeLimitExceeded: Uncompressed container image size exceeds 10 GiB limit", "LL106"),
    ("UPDATE_FAILED InvalidImage(SizeLimitExceeded: Uncompressed container image size exceeds", "LL106"),
    ("Lambda function \"billing\" for version \"$LATEST.PUBLISHED\" failed to stabilize since it is in Failed state due to FunctionError.InvalidEntryPoint(The Lambda function’s runtime entrypoint path isn’t valid.", "LL223"),
    ("LastUpdateStatusReasonCode: FunctionError.InvalidWorkingDirectory  the working directory doesn't exist: /code/app", "LL217"),
    ("Resource handler returned message: \"Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_LAMBDA_FUNCTION_NAME (Service: Lambda, Status Code: 400, Request ID: 1f0a...)\"", "LL318"),
    ("failed commit on ref \"manifest-sha256:7c8f3f\": unexpected status from PUT request to https://210987654321.dkr.ecr.eu-west-2.amazonaws.com/v2/cdk-hnb659fds-container-assets-210987654321-eu-west-2/manifests/5e1f: 400 Bad Request", "LL101"),
    ("Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Limit on number of layers per image exceeded'", "LL110|LL111"),
    // Launch: CloudWatch's lines, answers of Invoke, the emulator's, docker's.
    ("2026-10-02T08:15:11.482Z\tIMAGE\tLaunch error: fork/exec /lambda-entrypoint.sh: exec format error\tEntrypoint: [/lambda-entrypoint.sh]\tCmd: [billing.main.handler]\tWorkingDir: [/var/task]", "LL208|LL221"),
    ("{\"errorType\":\"Runtime.InvalidEntrypoint\",\"errorMessage\":\"RequestId: 5b1f2c3d-1111-4222-8333-abcdefabcdef Error: fork/exec /srv/billing/worker: exec format error\"}", "LL208|LL221"),
    ("{\n  \"errorType\": \"Runtime.InvalidEntrypoint\",\n  \"errorMessage\": \"RequestId: 5b1f2c3d-1111-4222-8333-abcdefabcdef Error: fork/exec /usr/bin/worker: no such file or directory\"\n}", "LL206"),
    ("INIT_REPORT Init Duration: 2.31 ms\tPhase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint\nIMAGE\tLaunch error: fork/exec /entry.sh: no such file or directory\tEntrypoint: [/entry.sh]\tCmd: []\tWorkingDir: [/app]", "LL206|LL210"),
    ("START RequestId: 8a77 Version: $LATEST\n2026/10/02 08:15 Couldn't find valid bootstrap(s): [uvicorn]\nEND RequestId: 8a77\nREPORT RequestId: 8a77 Duration: 3.01 ms Billed Duration: 100 ms Memory Size: 128 MB Max Memory Used: 3 MB", "LL215|LL206|LL201"),
    ("{\"errorMessage\": \"RequestId: 5b1f2c3d-1111-4222-8333-abcdefabcdef Error: Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]\", \"errorType\": \"Runtime.InvalidEntrypoint\"}", "LL201"),
    ("02 Oct 2026 08:15:11,482 [ERROR] (rapid) Init failed error=the working directory 'code/app' is invalid, it needs to be an absolute path InvokeID= ", "LL217"),
    ("RequestId: 5b1f2c3d-1111-4222-8333-abcdefabcdef Error: Runtime exited with error: exit status 142\nRuntime.ExitError", "LL203|LL202|LL204"),
    ("docker: entrypoint requires the handler name to be the first argument.", "LL203|LL202|LL204"),
    ("$ docker run --rm -p 9000:8080 billing\nentrypoint requires the handler name to be the first argument", "LL203|LL202|LL204"),
    ("2026-10-02T08:15:11.482000+00:00 2026/10/02/[$LATEST]1f3a5c entrypoint requires the handler name to be the first argument", "LL203|LL202|LL204"),
    ("{\"time\":\"2026-10-02T08:15:11.482Z\",\"type\":\"platform.initReport\",\"record\":{\"initializationType\":\"on-demand\",\"phase\":\"init\",\"status\":\"error\",\"errorType\":\"Runtime.ExitError\"}} Runtime exited with error: exit status 142", "LL203|LL202|LL204"),
    ("/lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: Permission denied\n/lambda-entrypoint.sh: line 14: exec: /var/runtime/bootstrap: cannot execute: Permission denied\nSTART RequestId: 22 Version: $LATEST\nRequestId: 22 Error: Runtime exited with error: exit status 126\nRuntime.ExitError", "LL207"),
    ("/lambda-entrypoint.sh: line 27: /var/runtime/bootstrap: no such file or directory", "LL213"),
    ("{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: 5b1f2c3d-1111-4222-8333-abcdefabcdef Error: Runtime exited without providing a reason\"}", "LL214|LL224|LL216"),
    ("RequestId: 5b1f2c3d-1111-4222-8333-abcdefabcdef Error: Runtime exited without providing a reason\nRuntime.ExitError\nREPORT RequestId: 5b1f2c3d-1111-4222-8333-abcdefabcdef\tDuration: 812.04 ms\tBilled Duration: 813 ms\tMemory Size: 512 MB\tMax Memory Used: 61 MB", "LL214|LL224|LL216"),
    ("npm error code EROFS\nnpm error syscall mkdir\nnpm error path /home/sbx_user1051\nnpm error errno EROFS\nnpm error rofs EROFS: read-only file system, mkdir '/home/sbx_user1051'\nnpm error A complete log of this run can be found in: /home/sbx_user1051/.npm/_logs/2026-10-02T08_15_11_482Z-debug-0.log", "LL306"),
    ("[ERROR] OSError: [Errno 30] Read-only file system: '/home/sbx_user1051/.u2net'\nTraceback (most recent call last):\n  File \"/var/task/worker.py\", line 12, in handler\n    session = new_session()\n  File \"/var/lang/lib/python3.12/os.py\", line 225, in makedirs\n    mkdir(name, mode)", "LL305"),
    ("[ERROR] OSError: [Errno 30] Read-only file system: \"/root/.cache/torch\"", "LL305"),
    ("PermissionError: [Errno 13] Permission denied: \"/var/task/billing/main.py\"", "LL303|LL304"),
    ("2026-10-02T08:15:11.482Z\tundefined\tERROR\tUncaught Exception \t{\"errorType\":\"Error\",\"errorMessage\":\"EACCES: permission denied, open '/var/task/dist/main.js'\",\"code\":\"EACCES\",\"errno\":-13,\"syscall\":\"open\",\"path\":\"/var/task/dist/main.js\",\"stack\":[\"Error: EACCES: permission denied, open '/var/task/dist/main.js'\",\"    at Object.openSync (node:fs:573:18)\",\"    at Module._extensions..js (node:internal/modules/cjs/loader:1285:18)\"]}", "LL303"),
    ("Error: We currently do not have sufficient capacity in the region you requested. Our system will be working on provisioning", "LL303|LL304"),
    ("/var/task/worker: /lib64/libc.so.6: version `GLIBC_2.39' not found (required by /var/task/worker)\nSTART RequestId: 22 Version: $LATEST\nRequestId: 22 Error: Runtime exited with error: exit status 1\nRuntime.ExitError", "LL211"),
    ("bootstrap: /lib64/libm.so.6: version \"GLIBC_2.29\" not found", "LL211"),
    ("EXTENSION\tName: collector\tState: LaunchError\tEvents: []\tError Type: Extension.LaunchError", "LL219"),
    ("{\"errorType\":\"TooManyExtensions\",\"errorMessage\":\"Extension limit (10) reached\"}", "LL219"),
    // Invoke: the runtimes' own words.
    ("[ERROR] Runtime.MalformedHandlerName: Bad handler 'worker': not enough values to unpack (expected 2, got 1)\nTraceback (most recent call last):", "LL302"),
    ("{\"errorMessage\": \"Bad handler 'billing/worker': not enough values to unpack (expected 2, got 1)\", \"errorType\": \"Runtime.MalformedHandlerName\", \"requestId\": \"\", \"stackTrace\": []}", "LL302"),
    ("{\"errorMessage\": \"Unable to import module 'billing.worker': No module named 'billing'\", \"errorType\": \"Runtime.ImportModuleError\", \"requestId\": \"5b1f2c3d-1111-4222-8333-abcdefabcdef\", \"stackTrace\": []}", "LL301|LL309"),
    ("[ERROR]\t2026-10-02T08:15:11.482Z\t5b1f2c3d-1111-4222-8333-abcdefabcdef\tRuntime.ImportModuleError: Unable to import module \"worker\": No module named \"worker\"", "LL301"),
    ("2026-10-02T08:15:11.482Z\tundefined\tERROR\tUncaught Exception \t{\"errorType\":\"Runtime.ImportModuleError\",\"errorMessage\":\"Error: Cannot find module 'worker'\\nRequire stack:\\n- /var/runtime/index.mjs\",\"stack\":[\"Runtime.ImportModuleError: Error: Cannot find module 'worker'\",\"Require stack:\",\"- /var/runtime/index.mjs\",\"    at _loadUserApp (file:///var/runtime/index.mjs:1087:17)\"]}", "LL301"),
    ("{\"errorType\":\"Runtime.MalformedHandlerName\",\"errorMessage\":\"'/srv/worker.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.\",\"trace\":[]}", "LL302"),
    ("Traceback (most recent call last):\n  File \"/var/runtime/bootstrap.py\", line 60, in <module>\n    main()\n  File \"/usr/local/lib/python3.12/site-packages/awslambdaric/lambda_config.py\", line 9\nValueError: Handler not set", "LL202|LL220"),
    ("file:///usr/local/lib/node_modules/aws-lambda-ric/bin/index.mjs:14\n  throw new Error('No handler specified');\n        ^\n\nError: No handler specified\n    at file:///usr/local/lib/node_modules/aws-lambda-ric/bin/index.mjs:14:9\n\nNode.js v22.11.0", "LL202|LL220"),
    ("npm error code 1\nnpm error path /function/node_modules/aws-lambda-ric\nnpm error command failed\nnpm error command sh -c npm run preinstall\nnpm error Error: cmake is not installed.", "LL806"),
    ("{\"errorMessage\":\"Class not found: org.example.billing.Worker\",\"errorType\":\"java.lang.ClassNotFoundException\"}", "LL312"),
    ("Class not found: org.example.billing.Worker: java.lang.ClassNotFoundException\njava.lang.ClassNotFoundException: org.example.billing.Worker. Current classpath: file:/var/task/\n\tat java.base/java.net.URLClassLoader.findClass(Unknown Source)\n\tat java.base/java.lang.ClassLoader.loadClass(Unknown Source)", "LL312"),
    ("ERROR: .NET binaries for Lambda function are not correctly installed in the /var/task directory of the image when the image was built. Missing /var/task/Billing.deps.json", "LL321"),
    ("Error: No Lambda Handler function was specified.\nSTART RequestId: 22 Version: $LATEST\nRequestId: 22 Error: Runtime exited with error: exit status 103\nRuntime.ExitError", "LL202"),
    ("{\"errorMessage\":\"Invalid handler worker, must be of form FILENAME.METHOD or FILENAME.CLASS.METHOD where FILENAME corresponds with an existing Ruby source file FILENAME.rb, CLASS is an optional module/class namespace and METHOD is a callable method.\",\"errorType\":\"Init<ArgumentError>\"}", "LL302"),
    ("/opt/otel-instrument: does not exist\nSTART RequestId: 22 Version: $LATEST\nRequestId: 22 Error: Runtime exited with error: exit status 127\nRuntime.ExitError", "LL324|LL317"),
    ("{\"errorMessage\":\"cannot load such file -- worker\",\"errorType\":\"Init<LoadError>\",\"stackTrace\":[\"<internal:/var/lang/lib/ruby/3.3.0/rubygems/core_ext/kernel_require.rb>:136:in `require'\"]}", "LL313|LL301"),
    // Build: docker's progress.
    ("#9 [4/6] RUN yum install -y gcc gcc-c++ make && yum clean all\n#9 0.214 /bin/sh: line 1: yum: command not found\n#9 ERROR: process \"/bin/sh -c yum install -y gcc gcc-c++ make && yum clean all\" did not complete successfully: exit code: 127", "LL801"),
    ("ERROR: failed to solve: process \"/bin/sh -c apt-get update && apt-get install -y ffmpeg\" did not complete successfully: exit code: 127\n /bin/sh: line 1: apt-get: command not found", "LL801"),
    (" > [stage-1 3/5] RUN tar xzf model.tgz:\n0.198 /bin/sh: line 1: tar: command not found", "LL803"),
    ("/bin/sh: line 1: unzip: command not found\nThe command '/bin/sh -c unzip layer.zip -d /opt' returned a non-zero code: 127", "LL803"),
    ("#7 3.917 No match for argument: chromium\n#7 3.921 Error: Unable to find a match: chromium", "LL802"),
    ("#7 3.917 error: No package matches 'ffmpeg'", "LL802"),
    // A second lot.
    ("Error: creating Lambda Function (notify): InvalidParameterValueException: The image manifest or layer media type for the source image 998877665544.dkr.ecr.sa-east-1.amazonaws.com/notify@sha256:1a2b is not supported.", "LL101"),
    ("botocore.errorfactory.InvalidParameterValueException: An error occurred (InvalidParameterValueException) when calling the UpdateFunctionCode operation: The image manifest, config or layer media type for the source image 998877665544.dkr.ecr.sa-east-1.amazonaws.com/notify:42 is not supported.", "LL101"),
    ("UnsupportedImageLayerDetected - Layer Digest sha256:77aa", "LL103"),
    ("NotifyFn failed to stabilize: InvalidImage(ImageLayerFailure: UnsupportedImageLayerDetected", "LL103"),
    ("Parent directory does not exist for file: usr/lib/libfoo.so", "LL105"),
    ("aws lambda get-function --function-name notify\n...\n \"State\": \"Failed\",\n \"StateReason\": \"InvalidImage: MissingParentDirectory: Parent directory does not exist for file: requests/api.py\",", "LL105"),
    ("uncompressed container image size exceeds 10 gib limit", "LL106"),
    ("The Lambda function's runtime entrypoint path isn't valid. The path must be absolute, non-empty, and point to an executable file.", "LL223"),
    ("Error: Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: LAMBDA_TASK_ROOT, AWS_REGION", "LL318"),
    ("fork/exec /main: exec format error: PathError", "LL208|LL221"),
    ("IMAGE Launch error: fork/exec /usr/local/bin/python: exec format error Entrypoint: [/usr/local/bin/python,-m,awslambdaric] Cmd: [app.lambda_handler] WorkingDir: [/home/app]\nEND RequestId: ab12\nREPORT RequestId: ab12 Duration: 2.0 ms\nRequestId: ab12 Error: fork/exec /usr/local/bin/python: exec format error Runtime.InvalidEntrypoint", "LL208|LL221"),
    ("exec /usr/local/bin/node: exec format error", "LL208|LL221"),
    ("standard_init_linux.go:228: exec user process caused: exec format error", "LL208|LL221|LL210"),
    ("fork/exec /usr/local/bin/aws_lambda_ric: no such file or directory", "LL206"),
    ("Error: fork/exec /docker-entrypoint.sh: permission denied Runtime.InvalidEntrypoint", "LL207|LL209"),
    ("Launch error: Couldn't find valid bootstrap(s): [gunicorn]", "LL215|LL206|LL201"),
    ("RequestId: 77 Error: Couldn’t find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap] Runtime.InvalidEntrypoint", "LL201"),
    ("WARN[0003] First fatal error stored in appctx: Runtime.InvalidWorkingDir  the working directory doesn't exist: /usr/src/app", "LL217"),
    ("Error: Runtime exited with error: exit status 142", "LL203|LL202|LL204"),
    ("{\"errorType\":\"Runtime.ExitError\",\"errorMessage\":\"RequestId: 0c1d Error: Runtime exited with error: exit status 126\"}", "LL207"),
    ("/lambda-entrypoint.sh: line 29: /var/runtime/bootstrap: Permission denied", "LL207"),
    ("local-invoke | /lambda-entrypoint.sh: line 14: /var/runtime/bootstrap: No such file or directory", "LL213"),
    ("RUNTIME EXITED WITHOUT PROVIDING A REASON", "LL214|LL224|LL216"),
    ("Error: Runtime exited without providing a reason Runtime.ExitError nuke", "LL214|LL224|LL216"),
    ("npm ERR! Your cache folder contains root-owned files ... npm ERR! code EROFS npm ERR! errno -30 npm ERR! rofs EROFS: read-only file system, mkdir '/home/sbx_user1051'", "LL306"),
    ("Error: EROFS: read-only file system, mkdir \"/home/sbx_user1051\"\n    at Object.mkdirSync (node:fs:1372:26)", "LL306|LL305"),
    ("OSError: [Errno 30] Read-only file system: '/home/sbx_user1051/.cache'\nDuring handling of the above exception, another exception occurred:", "LL305"),
    ("matplotlib: [Errno 30] Read-only file system: '/home/sbx_user1051/.config'", "LL305"),
    ("\"errorMessage\": \"[Errno 13] Permission denied: '/var/task/src/main.py'\",\n  \"errorType\": \"PermissionError\",", "LL303|LL304"),
    ("Error: EACCES: permission denied, open '/var/task/node_modules/axios/package.json'", "LL303"),
    ("We currently do not have sufficient capacity in the region you requested.", "LL303|LL304"),
    ("/lib64/libc.so.6: version 'GLIBC_2.32' not found (required by /opt/lib/libfoo.so)", "LL211"),
    ("ImportError: /lib64/libc.so.6: version `GLIBC_2.28' not found (required by /var/task/cryptography/hazmat/bindings/_rust.abi3.so)", "LL211"),
    ("bootstrap: /lib64/libc.so.6: version `GLIBC_2.38’ not found", "LL211"),
    ("TooManyExtensions Extension limit (10) reached", "LL219"),
    ("LOGS	Name: cloudwatch_lambda_agent	State: Subscribed\nEXTENSION	Name: otel	State: LaunchError	Events: [] Extension.LaunchError", "LL219"),
    ("Bad handler 'main': not enough values to unpack", "LL302"),
    ("Runtime.MalformedHandlerName: '/app.handler' is not a valid handler name. Use absolute paths when specifying root directories in handler names.\n    at _splitHandlerString (file:///var/runtime/index.mjs:1043:13)", "LL302"),
    ("Unable to import module 'lambda_function': No module named 'lambda_function'", "LL301"),
    ("[ERROR] Runtime.ImportModuleError: Unable to import module 'src.main': No module named 'src'\nTraceback (most recent call last):", "LL301"),
    ("Runtime.ImportModuleError: Error: Cannot find module 'index'\nRequire stack:\n- /var/runtime/UserFunction.js", "LL301"),
    ("\"errorMessage\": \"Handler 'lambda_handler' missing on module 'main'\", \"errorType\": \"Runtime.HandlerNotFound\"", "LL301|LL302"),
    ("{\"errorType\":\"Runtime.HandlerNotFound\",\"errorMessage\":\"main.run is undefined or not exported\"}", "LL301|LL302"),
    ("ValueError: Handler not set", "LL202|LL220"),
    ("Error: No handler specified\n    at run (/usr/local/lib/node_modules/aws-lambda-ric/lib/index.js:10)", "LL202|LL220"),
    ("npm ERR! aws-lambda-ric@3.0.0 preinstall\nError: cmake is not installed.", "LL806"),
    ("Class not found: com.acme.Notify::handleRequest", "LL312"),
    ("No public method named handle with appropriate method signature found on class com.acme.Notify", "LL301|LL302|LL312"),
    ("Unable to load type 'Notify.Function' from assembly 'Notify'.", "LL301|LL302"),
    ("Error: .NET binaries for Lambda function are not correctly installed in the /var/task directory of the image when the image was built. The /var/task/Notify.runtimeconfig.json is missing the required .runtimeconfig.json file.", "LL321"),
    ("Error: executable assembly /var/task/Notify.dll or binary /var/task/Notify not found.", "LL321|LL301"),
    ("/opt/wrapper: is not an executable", "LL324|LL317|LL207"),
    ("Invalid handler main, must be of form FILENAME.METHOD", "LL302"),
    ("Init error when loading handler function.handler: cannot load such file -- function (LoadError)", "LL313|LL301"),
    ("#12 0.321 /bin/sh: yum: command not found", "LL801"),
    ("/bin/sh: apt-get: command not found\nThe command '/bin/sh -c apt-get update' returned a non-zero code: 127", "LL801"),
    ("/bin/sh: apk: not found", "LL801"),
    ("/bin/sh: line 1: useradd: command not found", "LL803"),
    ("/bin/bash: line 2: git: command not found\nERROR: Service 'api' failed to build", "LL803"),
    ("/bin/sh: wget: command not found", "LL803"),
    ("dnf: error: No package matches 'epel-release'", "LL802"),
    ("Error: Unable to find a match: libgl1-mesa-glx", "LL802"),
    ("Limit on number of layers per image exceeded", "LL111|LL110"),
    ("ImportError: libGL.so.1: cannot open shared object file: No such file or directory", "LL212|LL326"),
    ("Task timed out after 10.03 seconds", "LL214"),
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
    let right = right_first(PASTED);
    assert!(right >= 40, "{right} messages");
}

#[test]
fn what_no_page_quotes_finds_nothing() {
    for message in ["hello there", "START RequestId: 6f1c2b9e-8a3b-4c5d-9e0f-112233445566 Version: $LATEST"] {
        let found: Vec<String> = search(message).iter().map(|m| format!("{} {:.1}", m.rule.code(), m.score)).collect();
        assert!(found.is_empty(), "{message}: {found:?}");
    }
}
