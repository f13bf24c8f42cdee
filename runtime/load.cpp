// SPDX-License-Identifier: Apache-2.0
#include "runtime/load.h"

#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "runtime/abi/signature.h"

namespace gsp::rt {

uint64_t abi_frame_hash() {
    return abi::frame_hash();
}

std::span<const AbiFunction> abi_functions() {
    static const auto sorted = [] {
        std::array functions{
#define GSP_ANY_FN(name) AbiFunction{#name, abi::signature<decltype(name)>(), reinterpret_cast<void*>(&name)},
#include "runtime/abi/all_functions.def"
        };
        std::sort(functions.begin(), functions.end(),
                  [](const AbiFunction& a, const AbiFunction& b) { return std::strcmp(a.name, b.name) < 0; });
        return functions;
    }();
    return sorted;
}

namespace {

constexpr const char* kCompileAgain = "compile the scenario again";

// What is wrong with one import; empty: nothing.
std::string import_fault(const gsp_import& import) {
    auto functions = abi_functions();
    auto at = std::lower_bound(functions.begin(), functions.end(), import.name,
                               [](const AbiFunction& f, const char* name) { return std::strcmp(f.name, name) < 0; });
    std::string name = import.name;
    if (at == functions.end() || name != at->name) {
        return name +
               ": this version of gossipper has no such function (compiled for another version): " + kCompileAgain;
    }
    if (at->signature == import.signature) return {};
    return name + ": signature differs (compiled for another version of gossipper): " + kCompileAgain;
}

}  // namespace

Result<void> check_program(const gsp_program& program) {
    if (program.abi_major != GSP_ABI_MAJOR) {
        return Error{"ABI version " + std::to_string(program.abi_major) + ", this gossipper has version " +
                     std::to_string(GSP_ABI_MAJOR) + ": " + kCompileAgain};
    }
    if (program.size_of_this != sizeof(gsp_program) || program.frame_hash != abi_frame_hash()) {
        return Error{std::string("the layout of its data differs (compiled for another version of gossipper): ") +
                     kCompileAgain};
    }
    std::string faults;
    for (uint32_t i = 0; i < program.n_imports; ++i) {
        std::string fault = import_fault(program.imports[i]);
        if (fault.empty()) continue;
        if (!faults.empty()) faults += '\n';
        faults += fault;
    }
    if (!faults.empty()) return Error{faults};
    if (program.n_steps == 0) return Error{"the program has no steps"};
    return {};
}

Result<std::unique_ptr<SharedProgram>> SharedProgram::load(const std::string& path) {
    // dlopen searches the library path for a name without a slash.
    std::string file = path.find('/') == path.npos ? "./" + path : path;
    void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char* why = dlerror();
        std::string text = why ? why : "unknown reason";
        if (text.find("undefined symbol") != text.npos)
            text += std::string(" (compiled for another version of gossipper): ") + kCompileAgain;
        return Error{text.find(path) == text.npos ? path + ": " + text : text};
    }
    std::unique_ptr<SharedProgram> loaded(new SharedProgram);
    loaded->handle_ = handle;
    loaded->program_ = static_cast<const gsp_program*>(dlsym(handle, GSP_PROGRAM_SYMBOL));
    if (!loaded->program_) return Error{path + ": no compiled scenario (it has no `" GSP_PROGRAM_SYMBOL "`)"};
    if (auto checked = check_program(*loaded->program_); !checked) return Error{path + ": " + checked.error().text};
    return loaded;
}

SharedProgram::~SharedProgram() {
    if (handle_) dlclose(handle_);
}

}  // namespace gsp::rt
