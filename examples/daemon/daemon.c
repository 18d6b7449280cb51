/*
 * A daemon for a first try of `tidemark guard`: it keeps the last texts that it was sent.
 *
 *     daemon serve         listens at ./daemon.sock, and says "ready"
 *     daemon send COUNT    sends it so many
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { KEPT = 256, LENGTH = 64 << 10 };

static char *kept[KEPT];
static struct sockaddr_un place = {.sun_family = AF_UNIX, .sun_path = "daemon.sock"};

static void die(const char *what) {
    perror(what);
    exit(1);
}

/* A whole text; 0 where there is no more. */
static int receive(int from, char *text) {
    for (size_t length = 0; length < LENGTH;) {
        ssize_t n = read(from, text + length, LENGTH - length);
        if (n <= 0)
            return 0;
        length += (size_t)n;
    }
    return 1;
}

static void keep_all_from(int client) {
    static size_t count;
    for (;;) {
        char *text = malloc(LENGTH);
        if (!text)
            die("malloc");
        if (!receive(client, text)) {
            free(text);
            return;
        }
        free(kept[count % KEPT]);
        kept[count++ % KEPT] = text;
    }
}

static void serve(int listener) {
    unlink(place.sun_path);
    if (bind(listener, (struct sockaddr *)&place, sizeof place) < 0 ||
        listen(listener, 8) < 0)
        die(place.sun_path);
    puts("ready");
    fflush(stdout);
    for (int client; (client = accept(listener, NULL, NULL)) >= 0; close(client))
        keep_all_from(client);
    die("accept");
}

static void send_texts(int server, long count) {
    static char text[LENGTH];
    memset(text, 'x', sizeof text);
    if (connect(server, (struct sockaddr *)&place, sizeof place) < 0)
        die(place.sun_path);
    for (; count > 0; count--)
        for (size_t sent = 0; sent < sizeof text;) {
            ssize_t n = write(server, text + sent, sizeof text - sent);
            if (n < 0)
                die("write");
            sent += (size_t)n;
        }
}

int main(int argc, char **argv) {
    int end = socket(AF_UNIX, SOCK_STREAM, 0);
    if (end < 0)
        die("socket");
    if (argc == 2 && strcmp(argv[1], "serve") == 0)
        serve(end);
    else if (argc == 3 && strcmp(argv[1], "send") == 0)
        send_texts(end, strtol(argv[2], NULL, 10));
    else
        fputs("usage: daemon serve | daemon send COUNT\n", stderr);
    return argc == 3 ? 0 : 2;
}
