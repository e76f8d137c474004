/* Requests to the Runtime API and the Extensions API, as the smallest client makes them: one connection each. */
#ifndef LAMBLINT_TESTS_API_H
#define LAMBLINT_TESTS_API_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char reply[1 << 16];
static char id[256];

/* Sends a request and reads the whole answer; its status. */
static int ask(const char *method, const char *path, const char *headers, const char *body) {
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    char host[64];
    const char *colon = api == NULL ? NULL : strchr(api, ':');
    if (colon == NULL || (size_t)(colon - api) >= sizeof host) exit(2);
    memcpy(host, api, (size_t)(colon - api));
    host[colon - api] = 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(colon + 1))};
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1) exit(3);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) exit(4);
    static char request[1 << 16];
    int length = snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n%s\r\n%s", method,
                          path, api, headers, body);
    if (write(fd, request, (size_t)length) != length) exit(5);
    size_t used = 0;
    ssize_t got;
    while (used < sizeof reply - 1 && (got = read(fd, reply + used, sizeof reply - 1 - used)) > 0) used += (size_t)got;
    reply[used] = 0;
    close(fd);
    return used > 12 ? atoi(reply + 9) : 0;
}

static int post(const char *path, const char *headers, const char *body) {
    char all[512];
    snprintf(all, sizeof all, "%sContent-Length: %zu\r\n", headers, strlen(body));
    return ask("POST", path, all, body);
}

/* A header of the last answer. */
static const char *header(const char *name) {
    static char value[256];
    value[0] = 0;
    for (const char *line = reply; line != NULL; line = strstr(line, "\r\n"), line = line ? line + 2 : NULL)
        if (strncasecmp(line, name, strlen(name)) == 0) sscanf(line + strlen(name) + 1, " %255[^\r\n]", value);
    return value;
}

/* Waits for an event. */
static void next(void) {
    ask("GET", "/2018-06-01/runtime/invocation/next", "", "");
    snprintf(id, sizeof id, "%s", header("Lambda-Runtime-Aws-Request-Id"));
    if (id[0] == 0) exit(6);
}

/* Answers it. */
static void answer(const char *body) {
    char path[256];
    snprintf(path, sizeof path, "/2018-06-01/runtime/invocation/%s/response", id);
    post(path, "", body);
}

#endif
