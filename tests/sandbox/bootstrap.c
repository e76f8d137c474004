/* The smallest function: asks the Runtime API for an event, and answers it. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static char reply[1 << 16];

static void ask(const char *api, const char *request) {
    char host[64];
    const char *colon = strchr(api, ':');
    if (colon == NULL || (size_t)(colon - api) >= sizeof host) exit(2);
    memcpy(host, api, (size_t)(colon - api));
    host[colon - api] = 0;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(colon + 1))};
    if (inet_pton(AF_INET, host, &to.sin_addr) != 1) exit(3);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0) exit(4);
    if (write(fd, request, strlen(request)) < 0) exit(5);
    size_t used = 0;
    ssize_t got;
    while (used < sizeof reply - 1 && (got = read(fd, reply + used, sizeof reply - 1 - used)) > 0) used += (size_t)got;
    reply[used] = 0;
    close(fd);
}

int main(void) {
    const char *api = getenv("AWS_LAMBDA_RUNTIME_API");
    if (api == NULL) return 1;
    for (;;) {
        char request[1024], id[128] = "";
        snprintf(request, sizeof request,
                 "GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n", api);
        ask(api, request);
        for (const char *line = reply; line != NULL; line = strstr(line, "\r\n"), line = line ? line + 2 : NULL)
            if (strncasecmp(line, "lambda-runtime-aws-request-id:", 30) == 0) sscanf(line + 30, " %127[^\r\n]", id);
        if (id[0] == 0) return 6;
        const char *body = "{\"said\": \"it works\"}";
        snprintf(request, sizeof request,
                 "POST /2018-06-01/runtime/invocation/%s/response HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n"
                 "Connection: close\r\n\r\n%s", id, api, strlen(body), body);
        ask(api, request);
    }
}
