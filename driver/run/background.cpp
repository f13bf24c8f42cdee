// SPDX-License-Identifier: Apache-2.0
#include "driver/run/background.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <initializer_list>

namespace gsp::driver {

Side go_to_background() {
    std::fflush(stdout);
    const pid_t child = fork();
    if (child < 0) {
        std::fprintf(stderr, "gossipper: error: -bg: %s\n", std::strerror(errno));
        return Side::Failed;
    }
    if (child > 0) {
        std::printf("Background mode - PID=[%d]\n", static_cast<int>(child));
        return Side::Parent;
    }
    setsid();
    const int null = open("/dev/null", O_RDWR);
    if (null < 0) return Side::Failed;
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) dup2(null, stream);
    if (null > STDERR_FILENO) close(null);
    return Side::Child;
}

}  // namespace gsp::driver
