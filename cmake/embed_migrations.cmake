# Writes a C++ source that holds the text of each migration.
#   cmake -DMIGRATIONS=<names> -DFOLDER=<folder> -DOUTPUT=<file> -P …
set(rows "")
foreach(name IN LISTS MIGRATIONS)
  file(READ "${FOLDER}/${name}.sql" sql)
  string(APPEND rows
         "    migration{\"sluice/${name}\", R\"sql(${sql})sql\"},\n")
endforeach()
file(WRITE "${OUTPUT}" "#include \"schema/migration.hpp\"

#include <array>

namespace sluice::schema {

namespace {

constexpr auto all = std::array{
${rows}};

} // namespace

std::span<const migration> migrations() noexcept {
  return all;
}

} // namespace sluice::schema
")
