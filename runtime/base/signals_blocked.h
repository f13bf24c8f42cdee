// SPDX-License-Identifier: Apache-2.0
// A thread that is started while one of these lives takes no signals: those are for the loop's thread.
#pragma once
#include <pthread.h>

#include <csignal>

namespace gsp::rt {

class SignalsBlocked {
public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

private:
    sigset_t before_{};
};

}  // namespace gsp::rt
