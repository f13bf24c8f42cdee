// SPDX-License-Identifier: Apache-2.0
// Scenario file or built-in name → typed IR, with everything that is wrong with it. Main thread.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "frontend/ast.h"
#include "frontend/compat.h"
#include "frontend/diag.h"
#include "frontend/includes.h"
#include "frontend/source.h"
#include "ir/lower.h"
#include "ir/program.h"

namespace gsp::driver {

struct ScenarioSource {
    std::string name;  // file path, or name of a built-in scenario
    bool builtin = false;
};

// The bytes of a scenario. Null: `error` says why.
std::unique_ptr<SourceFile> read_scenario(const ScenarioSource&, std::string& error);

struct FrontOptions {
    std::vector<std::string> user_keys;  // -key names
    DiagOptions diag;
    ir::LowerOptions lower;
    std::optional<Compat> compat;  // also refuse what this version of SIPp would not load
    FileReader read_include = read_source_bytes;
    bool look_for_media = false;  // warn of files that <exec> plays and that are not there
};

struct FrontResult {
    std::unique_ptr<SourceFile> file;  // what everything below refers to
    std::unique_ptr<Diag> diag;
    std::optional<ast::Scenario> scenario;  // nothing: errors
    std::optional<ir::Program> program;     // nothing: errors
};

FrontResult compile_front(std::unique_ptr<SourceFile>, const FrontOptions&);

}  // namespace gsp::driver
