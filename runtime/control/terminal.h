// SPDX-License-Identifier: Apache-2.0
// Standard input as a source of keys: a terminal is switched to single keys without echo while this object lives. Main
// thread.
#pragma once
#include <termios.h>

namespace gsp::rt {

class KeyInput {
public:
    KeyInput();
    ~KeyInput();
    KeyInput(const KeyInput&) = delete;
    KeyInput& operator=(const KeyInput&) = delete;
    // Whether keys can come: a terminal whose foreground we are, a pipe or a socket. Not a file, nor /dev/null.
    bool readable() const { return readable_; }

private:
    bool readable_ = false, raw_ = false;
    termios saved_{};
};

}  // namespace gsp::rt
