// SPDX-License-Identifier: Apache-2.0
// The functions behind codegen.h, except the JIT: text and object output, and linking with lld in this process.
#include <lld/Common/Driver.h>
#include <llvm/Support/raw_ostream.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "codegen/codegen.h"
#include "codegen/jit.h"
#include "codegen/pipeline.h"

LLD_HAS_DRIVER(elf)

namespace gsp::codegen {
namespace {

TextResult emit(const ir::Program& program, Emit what, const Options& options) {
    Compiled compiled = compile(program, options);
    if (!compiled.error.empty()) return {"", compiled.error};
    std::string bytes;
    if (what == Emit::Llvm) {
        llvm::raw_string_ostream stream(bytes);
        compiled.module->print(stream, nullptr);
    } else {
        llvm::SmallVector<char, 0> file = emit_file(
            compiled, what == Emit::Asm ? llvm::CodeGenFileType::AssemblyFile : llvm::CodeGenFileType::ObjectFile);
        bytes.assign(file.begin(), file.end());
    }
    return {std::move(bytes), compiled.error};
}

std::string link_shared(const std::string& object, const std::string& path) {
    std::string input = path + ".o";
    if (std::ofstream file(input, std::ios::binary);
        !file.write(object.data(), static_cast<std::streamsize>(object.size())))
        return "cannot write " + input;
    const char* args[] = {"ld.lld",           "-shared",     "-z", "now",        "-z",         "relro",
                          "--hash-style=gnu", "--threads=1", "-o", path.c_str(), input.c_str()};
    std::string text;
    llvm::raw_string_ostream out(text);
    static std::mutex one_at_a_time;  // lld keeps what it works on in globals
    const std::lock_guard lock(one_at_a_time);
    lld::Result result = lld::lldMain(args, out, out, {{lld::Gnu, &lld::elf::link}});
    std::error_code ignored;
    std::filesystem::remove(input, ignored);
    return result.retCode == 0 ? "" : "lld: " + text;
}

std::string native_cpu() {
    return cpu_text(true);
}

constexpr Api kApi = {jit, emit, link_shared, version_text, native_cpu};

}  // namespace

extern "C" __attribute__((visibility("default"))) const Api* gsp_codegen_api() {
    return &kApi;
}

}  // namespace gsp::codegen
