// SPDX-License-Identifier: Apache-2.0
// Compiled programs from outside: checks that a program fits this runtime, and loads one from a shared object. No LLVM
// involved.
#pragma once
#include <memory>
#include <span>
#include <string>

#include "runtime/abi/gsp_abi.h"
#include "runtime/base/result.h"

namespace gsp::rt {

uint64_t abi_frame_hash();  // of frame.def, offsets and sizes, as this runtime was built
struct AbiFunction {
    const char* name;
    uint64_t signature;
    void* address;
};
// Every function that generated code may call (functions.def, actions.def, keywords.def), sorted by name.
std::span<const AbiFunction> abi_functions();

// Refuses, naming each difference: ABI version, struct size, frame layout, functions that are missing or have another
// signature.
Result<void> check_program(const gsp_program&);

class SharedProgram {  // keeps the object loaded
public:
    static Result<std::unique_ptr<SharedProgram>> load(const std::string& path);
    ~SharedProgram();
    const gsp_program& program() const { return *program_; }

private:
    SharedProgram() = default;
    void* handle_ = nullptr;
    const gsp_program* program_ = nullptr;
};

}  // namespace gsp::rt
