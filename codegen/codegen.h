// SPDX-License-Identifier: Apache-2.0
// ir::Program → native code. The only header of this folder that others include; it names no LLVM type. codegen is a
// shared object of its own (libgsp_codegen.so), opened by driver/compile only when there is something to compile: runs
// from a .so or from the cache never load LLVM. All functions may be called from one thread at a time.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ir/program.h"
#include "runtime/abi/gsp_abi.h"

namespace gsp::codegen {

struct Options {
    int opt_level = 1;       // 0..3
    bool native_cpu = true;  // for this machine; else x86-64 baseline
    bool debug_info = true;  // DWARF lines of the scenario file
};

struct Symbol {
    const char* name;
    void* address;
};

// Machine code in this process; the program is valid as long as this object lives.
class JitProgram {
public:
    virtual ~JitProgram() = default;
    virtual const gsp_program& program() const = 0;
    virtual const std::string& object() const = 0;  // the relocatable object that was linked, for the cache
};

struct JitResult {
    std::unique_ptr<JitProgram> program;  // null: see error
    std::string error;
};
struct TextResult {
    std::string bytes, error;  // error empty: done
};

enum class Emit : uint8_t { Llvm, Asm, Object };

// The whole interface as a table of functions, because the shared object is opened with dlopen: `gsp_codegen_api`
// returns it.
struct Api {
    JitResult (*jit)(const ir::Program&, std::span<const Symbol> runtime, const Options&);
    TextResult (*emit)(const ir::Program&, Emit, const Options&);
    // Links a relocatable object into a shared object at `path` (lld, in this process); returns an error text, empty
    // when done.
    std::string (*link_shared)(const std::string& object, const std::string& path);
    std::string (*version)();  // "LLVM 19.1.7"
    std::string (*cpu)();      // the CPU that native_cpu generates for, with its features: part of the cache key
};

extern "C" const Api* gsp_codegen_api();

}  // namespace gsp::codegen
