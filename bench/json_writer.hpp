#pragma once

#include "bench/machine.hpp"

#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>

#include <concepts>
#include <string_view>

namespace sluice::bench {

using json_writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

inline void put(json_writer& out, std::string_view key,
                std::string_view value) {
  out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  out.String(value.data(), static_cast<rapidjson::SizeType>(value.size()));
}

inline void put(json_writer& out, std::string_view key,
                std::unsigned_integral auto value) {
  out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  out.Uint64(value);
}

inline void put(json_writer& out, std::string_view key, double value) {
  out.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
  out.Double(value);
}

inline void put(json_writer& out, const machine& where) {
  out.Key("machine");
  out.StartObject();
  put(out, "cpu", where.cpu);
  put(out, "cores", where.cores);
  put(out, "memory_mb", where.memory_mb);
  put(out, "kernel", where.kernel);
  put(out, "load_before", where.load_before);
  out.EndObject();
}

} // namespace sluice::bench
