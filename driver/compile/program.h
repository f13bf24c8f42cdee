// SPDX-License-Identifier: Apache-2.0
// Scenario → program that can run now: from the cache, from a .so, or compiled. Owned by the run; main thread.
#pragma once
#include <memory>
#include <string>
#include <thread>

#include "codegen/codegen.h"
#include "driver/compile/front.h"
#include "runtime/load.h"

namespace gsp::driver {

struct ProgramOptions {
    FrontOptions front;
    int opt_level = 1;
    bool use_cache = true;
};

class CompiledProgram {
public:
    explicit CompiledProgram(std::unique_ptr<rt::SharedProgram> shared) : shared_(std::move(shared)) {}
    explicit CompiledProgram(std::unique_ptr<codegen::JitProgram> jit) : jit_(std::move(jit)) {}
    ~CompiledProgram();  // waits until the cache is written
    CompiledProgram(const CompiledProgram&) = delete;
    CompiledProgram& operator=(const CompiledProgram&) = delete;

    void finish_cache();  // waits until it is written; before a fork(), which takes no threads along
    const gsp_program& program() const { return shared_ ? shared_->program() : jit_->program(); }

private:
    friend std::unique_ptr<CompiledProgram> compile_program(const ScenarioSource&, const ProgramOptions&);
    std::unique_ptr<rt::SharedProgram> shared_;
    std::unique_ptr<codegen::JitProgram> jit_;
    std::thread cache_writer_;
};

// Null: not possible; stderr has been told why. Warnings go there too, also from the cache.
std::unique_ptr<CompiledProgram> compile_program(const ScenarioSource&, const ProgramOptions&);

}  // namespace gsp::driver
