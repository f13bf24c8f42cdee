// SPDX-License-Identifier: Apache-2.0
#include "runtime/stats/trace_output.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

namespace gsp::rt {
namespace {

class TraceOutputTest : public testing::Test {
protected:
    TraceOutputTest() : folder_(testing::TempDir() + "gsp_output_" + std::to_string(getpid())) {
        std::filesystem::create_directory(folder_);
    }
    ~TraceOutputTest() override { std::filesystem::remove_all(folder_); }

    std::string path(const std::string& name) const { return folder_ + "/" + name; }
    std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> all;
        for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
            std::ostringstream text;
            text << std::ifstream(entry.path()).rdbuf();
            all[entry.path().filename()] = text.str();
        }
        return all;
    }
    using Files = std::map<std::string, std::string>;

    std::string folder_;
};

TEST_F(TraceOutputTest, AnExistingFileIsOverwrittenOrAppendedTo) {
    for (const bool overwrite : {true, false}) {
        std::ofstream(path("f")) << "old ";
        TraceOutput out(path("f"), path("s"), overwrite, {});
        out.append("new", 1);
        out.flush();
        EXPECT_EQ(files(), (Files{{"f", overwrite ? "new" : "old new"}}));
    }
}

TEST_F(TraceOutputTest, FullFilesAreRenamedAndTheOldestGo) {
    TraceOutput out(path("f"), path("s"), true, {2, 5, 0});
    out.append("12345", 100);  // not longer than 5
    out.append("6", 100);
    EXPECT_EQ(files(), (Files{{"f", ""}, {"s_100.log", "123456"}}));
    out.append("second", 100);
    EXPECT_EQ(files(), (Files{{"f", ""}, {"s_100.log", "123456"}, {"s_100.1.log", "second"}}));
    out.append("third.", 101);
    out.append("fourth", 101);
    EXPECT_EQ(files(), (Files{{"f", ""}, {"s_100.2.log", "third."}, {"s_101.log", "fourth"}}));
}

TEST_F(TraceOutputTest, WithoutFilesToKeepItBeginsAnew) {
    std::ofstream(path("f")) << "old";
    TraceOutput out(path("f"), path("s"), false, {0, 5, 0});
    out.append("123456", 100);
    out.append("7", 100);
    out.flush();
    EXPECT_EQ(files(), (Files{{"f", "7"}}));
}

TEST_F(TraceOutputTest, ALimitedFileEndsWithTheRecordThatGoesBeyond) {
    TraceOutput out(path("f"), path("s"), true, {0, 0, 5});
    for (const char* record : {"123", "456", "789"}) out.append(record, 100);
    out.flush();
    EXPECT_EQ(files(), (Files{{"f", "123456"}}));
    EXPECT_EQ(out.take_problem(), "");
}

TEST_F(TraceOutputTest, WhatCannotBeOpenedOrWrittenIsToldOnce) {
    const std::string absent = path("absent/f");
    for (const std::string& name : {absent, std::string("/dev/full")}) {
        TraceOutput out(name, path("s"), true, {});
        for (int i = 0; i < 2; ++i) {
            out.append("x", 1);
            out.flush();
            const std::string problem = out.take_problem();
            EXPECT_EQ(problem.find(name) != std::string::npos, i == 0) << problem;
        }
    }
    TraceOutput out(absent, path("s"), true, {});
    const auto opened = out.open(1);
    ASSERT_FALSE(opened.ok());
    EXPECT_NE(opened.error().text.find(absent), std::string::npos);
}

}  // namespace
}  // namespace gsp::rt
