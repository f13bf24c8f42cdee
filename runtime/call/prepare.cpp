// SPDX-License-Identifier: Apache-2.0
// What a scenario needs before its first call: texts of the run, regular expressions, injection files, -set.
#include "runtime/call/engine.h"

namespace gsp::rt {

Result<void> Engine::prepare() {
    auto joined = RunTexts::join(program, run);
    if (!joined) return joined.error();
    run_texts = std::move(*joined);
    texts = TextPlan(program, run_texts);
    cut_up_call_id_format();
    auto compiled = Regexes::compile(program);
    if (!compiled) return compiled.error();
    regexes = std::move(*compiled);
    if (auto found = find_injection(); !found) return found.error();
    auto common = shared.state.scenario(part, program, config.call);
    if (!common) return common.error();
    of_workers = *common;
    globals = of_workers->globals.data();
    if (program.flags & GSP_PROGRAM_TDMMAP) {
        if (!config.tdm.circuits) return Error{"the scenario uses [tdmmap]: -tdmmap is needed"};
        circuits.open(config.tdm.circuits, shared.seat);
    }
    return {};
}

Result<void> Engine::find_injection() {
    for (uint32_t i = 0; i < program.n_files; ++i) {
        const std::string_view name{program.files[i].ptr, program.files[i].len};
        const uint32_t found = name.empty() ? injection.default_file() : injection.find(name);
        if (found == InjectionFiles::kNoFile)
            return Error{"the scenario reads " +
                         (name.empty() ? "an injection file" : "the injection file `" + std::string(name) + "`") +
                         ": -inf is needed"};
        injection_files.push_back(found);
    }
    return {};
}

}  // namespace gsp::rt
