// SPDX-License-Identifier: Apache-2.0
// What a scenario needs before its first call: texts of the run, regular expressions, injection files, -set.
#include <algorithm>

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
    global_values.resize(program.n_global_vars);
    globals = global_values.data();
    if (program.flags & GSP_PROGRAM_TDMMAP) {
        if (!config.tdm.circuits) return Error{"the scenario uses [tdmmap]: -tdmmap is needed"};
        circuits.open(config.tdm.circuits);
    }
    return part == Part::Main ? set_globals() : Result<void>();
}

Result<void> Engine::set_globals() {
    for (const auto& [name, value] : config.call.sets) {
        const gsp_var* end = program.vars + program.n_vars;
        const gsp_var* found = std::find_if(program.vars, end, [&, &wanted = name](const gsp_var& v) {
            return (v.slot & GSP_SCOPE_MASK) == GSP_SCOPE_GLOBAL && std::string_view(v.name.ptr, v.name.len) == wanted;
        });
        if (found == end) return Error{"-set: the scenario has no global variable `" + name + "`"};
        set_text(global_values[found->slot & ~GSP_SCOPE_MASK], GSP_STR, value);
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
