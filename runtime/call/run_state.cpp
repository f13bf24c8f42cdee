// SPDX-License-Identifier: Apache-2.0
#include "runtime/call/run_state.h"

#include <algorithm>
#include <random>
#include <string_view>

#include "runtime/base/rng.h"

namespace gsp::rt {

namespace {

uint64_t choose_seed(uint64_t seed) {
    if (seed) return seed;
    std::random_device device;
    return uint64_t{device()} << 32 | device();
}

bool any_changes_shared(const Scenarios& scenarios) {
    return std::ranges::any_of(scenarios.all(), [](const gsp_program* each) {
        return (each->flags & GSP_PROGRAM_CHANGES_SHARED) != 0;
    });
}

}  // namespace

RunState::RunState(const RunConfig& config, const Scenarios& scenarios, uint32_t workers)
    : seed(choose_seed(config.seed)),
      hash_seed(Rng(seed).next()),
      most_calls_(config.rate.max_calls),
      locks_(workers > 1 && any_changes_shared(scenarios)) {}

Result<void> RunState::open_injection(const InjectionConfig& config) {
    for (const auto& file : config.files)
        if (auto added = injection.add(file.path, file.may_be_default); !added) return added.error();
    for (const auto& [name, field] : config.indexes)
        if (auto built = injection.build_index(name, field, hash_seed); !built) return built.error();
    return {};
}

Result<ScenarioState*> RunState::scenario(Part part, const gsp_program& program, const CallConfig& config) {
    const auto [place, fresh] = scenarios_.try_emplace(part);
    ScenarioState& scenario = place->second;
    if (!fresh) return &scenario;
    scenario.globals.resize(program.n_global_vars);
    if (part != Part::Main) return &scenario;
    for (const auto& [name, text] : config.sets) {
        const gsp_var* end = program.vars + program.n_vars;
        const gsp_var* found = std::find_if(program.vars, end, [&, &wanted = name](const gsp_var& v) {
            return (v.slot & GSP_SCOPE_MASK) == GSP_SCOPE_GLOBAL && std::string_view(v.name.ptr, v.name.len) == wanted;
        });
        if (found == end) return Error{"-set: the scenario has no global variable `" + name + "`"};
        gsp_value& value = scenario.globals[found->slot & ~GSP_SCOPE_MASK];
        if (value.tag == GSP_STR && value.len) scenario.strings.free(value.str, value.len);  // set twice
        value.tag = GSP_STR;
        value.str = scenario.strings.copy(text);
        value.len = static_cast<uint32_t>(text.size());
    }
    return &scenario;
}

}  // namespace gsp::rt
