// SPDX-License-Identifier: Apache-2.0
// The object in this process: ORC's LLJIT links it against the runtime's functions. Debuggers (gdb) always learn of it;
// profilers when GOSSIPPER_PERF is set in the environment (`perf record -k 1`, `perf inject --jit`).
#include "codegen/jit.h"

#include <llvm/ExecutionEngine/JITEventListener.h>
#include <llvm/ExecutionEngine/Orc/ExecutionUtils.h>
#include <llvm/ExecutionEngine/Orc/LLJIT.h>
#include <llvm/ExecutionEngine/Orc/RTDyldObjectLinkingLayer.h>
#include <llvm/ExecutionEngine/SectionMemoryManager.h>
#include <llvm/Support/Signals.h>

#include <cstdlib>

#include "codegen/pipeline.h"

namespace gsp::codegen {
namespace {

using namespace llvm::orc;

class OrcProgram final : public JitProgram {
public:
    OrcProgram(std::unique_ptr<LLJIT> jit, const gsp_program* program, std::string object)
        : jit_(std::move(jit)), program_(program), object_(std::move(object)) {}
    const gsp_program& program() const override { return *program_; }
    const std::string& object() const override { return object_; }

private:
    std::unique_ptr<LLJIT> jit_;
    const gsp_program* program_;
    std::string object_;
};

llvm::Expected<std::unique_ptr<ObjectLayer>> linking_layer(ExecutionSession& session, const llvm::Triple&) {
    auto layer = std::make_unique<RTDyldObjectLinkingLayer>(
        session, [] { return std::make_unique<llvm::SectionMemoryManager>(); });
    layer->setProcessAllSections(true);  // debug sections too
    layer->registerJITEventListener(*llvm::JITEventListener::createGDBRegistrationListener());
    if (getenv("GOSSIPPER_PERF"))
        if (llvm::JITEventListener* perf = llvm::JITEventListener::createPerfJITEventListener())
            layer->registerJITEventListener(*perf);
    return layer;
}

llvm::Expected<std::unique_ptr<JitProgram>> link(std::string object, std::span<const Symbol> runtime) {
    auto jit = LLJITBuilder().setObjectLinkingLayerCreator(linking_layer).create();
    if (!jit) return jit.takeError();
    JITDylib& dylib = (*jit)->getMainJITDylib();
    SymbolMap symbols;
    for (const Symbol& s : runtime)
        symbols[(*jit)->mangleAndIntern(s.name)] = {ExecutorAddr::fromPtr(s.address), llvm::JITSymbolFlags::Exported};
    if (llvm::Error e = dylib.define(absoluteSymbols(std::move(symbols)))) return e;
    auto libc = DynamicLibrarySearchGenerator::GetForCurrentProcess(
        (*jit)->getDataLayout().getGlobalPrefix());  // memcpy, memset
    if (!libc) return libc.takeError();
    dylib.addGenerator(std::move(*libc));
    if (llvm::Error e = (*jit)->addObjectFile(llvm::MemoryBuffer::getMemBufferCopy(object, "scenario"))) return e;
    auto program = (*jit)->lookup(GSP_PROGRAM_SYMBOL);
    if (!program) return program.takeError();
    return std::make_unique<OrcProgram>(std::move(*jit), program->toPtr<const gsp_program*>(), std::move(object));
}

// lld protects its output file by handlers for SIGINT, SIGUSR1 …, which LLVM installs once in a process. The cache is
// written while a run with handlers of its own goes on; so let it happen now, before them.
void install_signal_handlers_of_llvm() {
    constexpr const char* kNoFile = "/nonexistent/gossipper";
    llvm::sys::RemoveFileOnSignal(kNoFile);
    llvm::sys::DontRemoveFileOnSignal(kNoFile);
}

}  // namespace

JitResult jit(const ir::Program& program, std::span<const Symbol> runtime, const Options& options) {
    Compiled compiled = compile(program, options);
    if (!compiled.error.empty()) return {nullptr, compiled.error};
    llvm::SmallVector<char, 0> object = emit_file(compiled, llvm::CodeGenFileType::ObjectFile);
    if (!compiled.error.empty()) return {nullptr, compiled.error};
    install_signal_handlers_of_llvm();
    auto linked = link({object.begin(), object.end()}, runtime);
    if (!linked) return {nullptr, llvm::toString(linked.takeError())};
    return {std::move(*linked), ""};
}

}  // namespace gsp::codegen
