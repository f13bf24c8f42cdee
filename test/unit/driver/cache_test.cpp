// SPDX-License-Identifier: Apache-2.0
#include "driver/compile/cache.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace gsp::driver {
namespace {

namespace fs = std::filesystem;

class CacheTest : public testing::Test {
protected:
    CacheTest() : folder_(testing::TempDir() + "gsp_cache_" + std::to_string(getpid()) + "/cache") {}
    ~CacheTest() override { fs::remove_all(fs::path(folder_).parent_path()); }

    static std::string write(const std::string& path, const std::string& bytes) {
        std::ofstream(path, std::ios::binary) << bytes;
        return {};
    }
    void store(const CompileCache& cache, const std::string& key, const std::string& warnings, const std::string& bytes,
               const std::vector<CacheInclude>& includes = {}) const {
        cache.store(key, includes, warnings, [&](const std::string& path) { return write(path, bytes); });
    }
    size_t files() const {
        return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
    }

    std::string folder_;
};

TEST_F(CacheTest, KeyDependsOnEveryPart) {
    const CacheKeyParts parts{"<scenario/>", "a.xml", "O1", "build"};
    const std::string key = CompileCache::key(parts);
    EXPECT_EQ(key.size(), 64u);
    EXPECT_EQ(key, CompileCache::key(parts));
    CacheKeyParts other = parts;
    other.scenario = "<scenario />";
    EXPECT_NE(key, CompileCache::key(other));
    other = parts;
    other.path = "b.xml";
    EXPECT_NE(key, CompileCache::key(other));
    other = parts;
    other.options = "O2";
    EXPECT_NE(key, CompileCache::key(other));
    other = parts;
    other.build = "other";
    EXPECT_NE(key, CompileCache::key(other));
}

TEST_F(CacheTest, BoundariesOfPartsCount) {
    EXPECT_NE(CompileCache::key({"ab", "c", "", ""}), CompileCache::key({"a", "bc", "", ""}));
}

TEST_F(CacheTest, NothingIsThereAtFirst) {
    EXPECT_EQ(CompileCache(folder_).load("absent").program, nullptr);
}

TEST_F(CacheTest, AnEntryThatCannotBeLoadedIsRemoved) {
    const CompileCache cache(folder_);
    store(cache, "key", "a warning\n", "no shared object");  // its checksum fits
    EXPECT_EQ(files(), 2u);
    EXPECT_EQ(cache.load("key").program, nullptr);
    EXPECT_EQ(files(), 0u);
}

TEST_F(CacheTest, AnEntryThatWasCutShortIsRemovedBeforeItIsLoaded) {
    const CompileCache cache(folder_);
    store(cache, "key", "", std::string(10'000, 'x'));
    fs::resize_file(folder_ + "/key.so", 5'000);
    EXPECT_EQ(cache.load("key").program, nullptr);
    EXPECT_EQ(files(), 0u);
}

// Loading removes what is no shared object, so an entry that is gone has been found.
TEST_F(CacheTest, IncludedFilesDecideWhichEntryIsFound) {
    const CompileCache cache(folder_);
    fs::create_directories(folder_);
    const std::string part = folder_ + "/../part.xml", absent = folder_ + "/../absent.xml";
    write(part, "<nop/>");
    const auto objects = [&] {
        return std::count_if(fs::directory_iterator(folder_), fs::directory_iterator(),
                             [](const auto& entry) { return entry.path().extension() == ".so"; });
    };
    const std::vector<CacheInclude> includes = {{part, "<nop/>"}, {absent, std::nullopt}};
    store(cache, "key", "", "no shared object", includes);
    ASSERT_EQ(objects(), 1);

    write(part, "<nop />");
    cache.load("key");
    EXPECT_EQ(objects(), 1) << "other contents";
    write(part, "<nop/>");
    write(absent, "");
    cache.load("key");
    EXPECT_EQ(objects(), 1) << "a file that was not there when the scenario was compiled";
    fs::remove(absent);
    cache.load("key");
    EXPECT_EQ(objects(), 0);

    store(cache, "key", "", "no shared object", includes);
    fs::remove(part);
    cache.load("key");
    EXPECT_EQ(objects(), 1) << "a file that is gone";
}

TEST_F(CacheTest, AFailedLinkLeavesNothing) {
    const CompileCache cache(folder_);
    cache.store("key", {}, "a warning\n", [](const std::string& path) {
        write(path, "half");
        return std::string("the linker failed");
    });
    EXPECT_EQ(files(), 0u);
}

TEST_F(CacheTest, TheFolderIsPrivate) {
    store(CompileCache(folder_), "key", "", "x");
    EXPECT_EQ(fs::status(folder_).permissions() & fs::perms::mask, fs::perms::owner_all);
}

TEST_F(CacheTest, TheOldestGoesWhenTooManyAreThere) {
    const CompileCache cache(folder_);
    store(cache, "oldest", "w", "x");
    fs::last_write_time(folder_ + "/oldest.so", fs::file_time_type::clock::now() - std::chrono::hours(2));
    for (size_t i = 1; i < CompileCache::kMaxEntries; ++i) write(folder_ + "/" + std::to_string(i) + ".so", "x");
    EXPECT_TRUE(fs::exists(folder_ + "/oldest.so"));
    store(cache, "newest", "", "x");
    EXPECT_FALSE(fs::exists(folder_ + "/oldest.so"));
    EXPECT_FALSE(fs::exists(folder_ + "/oldest.txt"));
    EXPECT_TRUE(fs::exists(folder_ + "/newest.so"));
    EXPECT_EQ(files(), CompileCache::kMaxEntries);
}

TEST_F(CacheTest, TheOldestGoesWhenTooLarge) {
    const CompileCache cache(folder_);
    store(cache, "small", "", "x");
    write(folder_ + "/large.so", "x");
    fs::resize_file(folder_ + "/large.so", CompileCache::kMaxBytes);
    fs::last_write_time(folder_ + "/large.so", fs::file_time_type::clock::now() - std::chrono::hours(2));
    store(cache, "newest", "", "x");
    EXPECT_FALSE(fs::exists(folder_ + "/large.so"));
    EXPECT_TRUE(fs::exists(folder_ + "/small.so"));
}

}  // namespace
}  // namespace gsp::driver
