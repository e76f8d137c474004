/* A function and an extension for the tests of `lamblint try`: what it does is told by its first argument. */
#define _GNU_SOURCE
#include "api.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Answers every event with a text, as JSON. */
static void say(const char *text) {
    static char body[1 << 15];
    snprintf(body, sizeof body, "{\"said\": \"%s\"}", text);
    for (;;) {
        next();
        answer(body);
    }
}

static void extension(const char *name) {
    char headers[256];
    snprintf(headers, sizeof headers, "Lambda-Extension-Name: %s\r\n", name);
    post("/2020-01-01/extension/register", headers, "{\"events\": [\"INVOKE\", \"SHUTDOWN\"]}");
    snprintf(headers, sizeof headers, "Lambda-Extension-Identifier: %s\r\n", header("Lambda-Extension-Identifier"));
    for (;;) {
        ask("GET", "/2020-01-01/extension/event/next", headers, "");
        if (strstr(reply, "SHUTDOWN") != NULL) {
            printf("extension saw %s\n", strstr(reply, "shutdownReason"));
            exit(0);
        }
        printf("extension saw an event\n");
        fflush(stdout);
    }
}

static void conditions(void) {
    static char text[8192];
    size_t at = 0;
#define ADD(...) at += (size_t)snprintf(text + at, sizeof text - at, __VA_ARGS__)
    struct rlimit files, processes;
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NPROC, &processes);
    ADD("uid %d gid %d groups %d pid %d nofile %ld nproc %ld", getuid(), getgid(), getgroups(0, NULL), getpid() > 1,
        (long)files.rlim_cur, (long)processes.rlim_cur);
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    while (status != NULL && fgets(line, sizeof line, status) != NULL)
        if (strncmp(line, "CapEff", 6) == 0 || strncmp(line, "CapBnd", 6) == 0 || strncmp(line, "NoNewPrivs", 10) == 0 ||
            strncmp(line, "Seccomp:", 8) == 0) {
            char *tab = strchr(line, '\t');
            *tab = ' ';
            line[strcspn(line, "\n")] = 0;
            ADD(" %s", line);
        }
    DIR *dev = opendir("/dev");
    int names = 0;
    for (struct dirent *entry; dev != NULL && (entry = readdir(dev)) != NULL;) names += entry->d_name[0] != '.';
    ADD(" dev %d", names);
    char folder[256];
    ADD(" cwd %s", getcwd(folder, sizeof folder));
    ADD(" root %s", open("/x", O_CREAT | O_WRONLY, 0644) < 0 ? strerror(errno) : "written");
    ADD(" tmp %s", open("/tmp/x", O_CREAT | O_WRONLY, 0644) < 0 ? strerror(errno) : "written");
    ADD(" first %s", open("/proc/1/environ", O_RDONLY) < 0 ? strerror(errno) : "read");
    ADD(" namespace %s", unshare(CLONE_NEWUSER) < 0 ? strerror(errno) : "made");
    ADD(" HOME %s", getenv("HOME") == NULL ? "none" : getenv("HOME"));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(53)};
    inet_pton(AF_INET, "1.1.1.1", &to.sin_addr);
    ADD(" network %s", connect(socket(AF_INET, SOCK_DGRAM, 0), (struct sockaddr *)&to, sizeof to) < 0 ? strerror(errno) : "there");
    say(text);
}

int main(int count, char **words) {
    const char *file = strrchr(words[0], '/');
    if (strncmp(words[0], "/opt/extensions/", 16) == 0) extension(file + 1);
    const char *what = count > 1 ? words[1] : "answer";
    const char *with = count > 2 ? words[2] : "";
#define IS(name) (strcmp(what, name) == 0)
    if (IS("answer")) say("it works");
    if (IS("conditions")) conditions();
    if (IS("home")) {
        struct passwd *user = getpwuid(getuid());
        if (user == NULL) exit(7);
        say(user->pw_dir);
    }
    if (IS("exit")) exit(atoi(with));
    if (IS("crash")) raise(SIGSEGV);
    if (IS("sleep")) for (;;) pause();
    if (IS("slow")) {
        next();
        for (;;) pause();
    }
    if (IS("init-error")) {
        post("/2018-06-01/runtime/init/error", "lambda-runtime-function-error-type: Runtime.Own\r\n",
             "{\"errorType\": \"Runtime.Own\", \"errorMessage\": \"it cannot start\"}");
        exit(1);
    }
    if (IS("error")) {
        for (;;) {
            next();
            char path[256];
            snprintf(path, sizeof path, "/2018-06-01/runtime/invocation/%s/error", id);
            post(path, "", "{\"errorType\": \"ValueError\", \"errorMessage\": \"no such event\"}");
        }
    }
    if (IS("stream")) {
        next();
        char path[256];
        snprintf(path, sizeof path, "/2018-06-01/runtime/invocation/%s/response", id);
        /* {"errorType": "Late", "errorMessage": "too late"} */
        ask("POST", path,
            "Transfer-Encoding: chunked\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
            "Trailer: Lambda-Runtime-Function-Error-Type\r\n",
            *with == 0 ? "5\r\nhello\r\n0\r\n\r\n"
                       : "5\r\nhello\r\n0\r\nLambda-Runtime-Function-Error-Type: Late\r\n"
                         "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiAiTGF0ZSIsICJlcnJvck1lc3NhZ2UiOiAidG9vIGxhdGUifQ==\r\n\r\n");
        next();
    }
    if (IS("once")) {
        next();
        answer("{\"said\": \"it works\"}");
        exit(0);
    }
    if (IS("read")) {
        if (open(with, O_RDONLY) >= 0) say("it was read");
        fprintf(stderr, "PermissionError: [Errno %d] %s: '%s'\n", errno, strerror(errno), with);
        exit(1);
    }
    if (IS("write")) {
        if (open(with, O_CREAT | O_WRONLY, 0644) < 0) fprintf(stderr, "OSError: [Errno %d] %s: '%s'\n", errno, strerror(errno), with);
        say("it works");
    }
    if (IS("exec-tmp")) {
        FILE *from = fopen("/proc/self/exe", "r"), *to = fopen("/tmp/program", "w");
        static char bytes[1 << 16];
        for (size_t got; (got = fread(bytes, 1, sizeof bytes, from)) > 0;) fwrite(bytes, 1, got, to);
        fclose(to);
        chmod("/tmp/program", 0755);
        execl("/tmp/program", "/tmp/program", "answer", (char *)NULL);
        exit(8);
    }
    if (IS("flood")) {
        for (int at = 0; at < 400000; at++) printf("line %d of a log that nobody reads\n", at);
        fflush(stdout);
        say("it works");
    }
    if (IS("flaky")) {
        /* The first start fails. What it leaves in /tmp stays. */
        if (access("/tmp/started", F_OK) != 0) {
            close(open("/tmp/started", O_CREAT | O_WRONLY, 0644));
            if (strcmp(with, "sleep") == 0) for (;;) pause();
            exit(3);
        }
        say("it works");
    }
    if (IS("echo")) {
        /* Says what it is asked for: a variable, and the event. */
        static char body[1 << 15];
        for (;;) {
            next();
            const char *event = strstr(reply, "\r\n\r\n"), *value = getenv("GREETING");
            snprintf(body, sizeof body, "{\"event\": %s, \"greeting\": \"%s\"}", event + 4, value == NULL ? "" : value);
            answer(body);
        }
    }
    if (IS("connect")) {
        /* To a port of the machine's own loopback. */
        struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(with))};
        inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
        say(connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr *)&to, sizeof to) < 0 ? strerror(errno) : "connected");
    }
    if (IS("memory-later")) {
        next();
        sleep(2);
        for (size_t mb = 0; mb < 2048; mb++) memset(malloc(1 << 20), 1, 1 << 20);
        answer("{}");
    }
    if (IS("memory")) {
        next();
        for (size_t mb = 0; mb < 1024; mb++) memset(malloc(1 << 20), 1, 1 << 20);
        answer("{}");
    }
    if (IS("tmp-files")) {
        /* Files in /tmp are no memory of the function. */
        int file_in_tmp = open("/tmp/large", O_CREAT | O_WRONLY, 0644);
        static char bytes[1 << 20];
        for (int mb = 0; mb < 200; mb++)
            if (write(file_in_tmp, bytes, sizeof bytes) != sizeof bytes) exit(9);
        say("it works");
    }
    if (IS("leave")) {
        /* A process of its own, which outlives the one that made it. */
        if (fork() == 0) {
            setsid();
            for (;;) pause();
        }
        say("it works");
    }
    return 1;
}
