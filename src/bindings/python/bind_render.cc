// SPDX-License-Identifier: Apache-2.0
// Results as the command line shows them, for the shell.
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/unique_ptr.h>

#include <memory>
#include <string>
#include <utility>

#include "bindings/python/bind.h"
#include "bindings/python/calling.h"
#include "bindings/python/gil.h"
#include "bindings/python/row_reader.h"
#include "render/live_table.h"
#include "render/progress_text.h"
#include "render/row_writer.h"
#include "render/table.h"
#include "render/table_description.h"

namespace fletching::python {
namespace {

namespace nb = nanobind;
using render::RowWriterOptions;

RowWriterOptions options_of(const std::string& format, bool full) {
  const auto known = render::format_named(format);
  if (!known) {
    throw Error(
        Code::kInvalidArgument,
        "format: '" + format + "' is none of table, expanded, csv, jsonl, arrow");
  }
  return {.format = *known, .full_cells = full};
}

nb::bytes bytes_of(const std::string& text) {
  return nb::bytes(text.data(), text.size());
}

// A result's rows in a format, batch by batch. One thread reads; cancel() may come from
// any.
class Rendered {
 public:
  Rendered(RowReader& reader, const std::string& format, bool full, bool at_once)
      : at_once_(at_once), source_(reader.take_source()) {
    writer_ = render::make_row_writer(source_->schema(), options_of(format, full),
                                      [this](std::string_view text) { text_ += text; });
  }

  // None at the end.
  nb::object next() {
    if (ended_) return nb::none();
    UniqueArray rows;
    ended_ = !source_->next(rows.get());
    text_.clear();
    if (ended_) {
      writer_->finish();
    } else {
      writer_->batch(*rows.get());
      if (at_once_) writer_->release();
    }
    return bytes_of(text_);
  }

  [[nodiscard]] int64_t rows() const { return writer_->rows(); }
  [[nodiscard]] std::string progress(double seconds) const {
    return render::progress_text(source_->progress(), seconds);
  }
  void cancel() { source_->cancel(); }
  void close() { source_->close(); }

 private:
  bool at_once_;
  bool ended_ = false;
  std::string text_;
  std::unique_ptr<BatchSource> source_;
  std::unique_ptr<render::RowWriter> writer_;
};

// A result's changes as the table that they make. step() waits, in a thread of its own
// if somebody is to see the table meanwhile; the interpreter lock keeps them apart.
class RenderedLive {
 public:
  RenderedLive(RowReader& reader, int64_t max_rows, int64_t max_bytes)
      : source_(reader.take_source()),
        table_(source_->schema(), {max_rows, max_bytes}) {}

  bool step() {
    struct Busy {
      RenderedLive& live;
      explicit Busy(RenderedLive& of) : live(of) { live.busy_ = true; }
      ~Busy() {
        live.busy_ = false;
        if (live.closed_) live.source_->close();
      }
    };
    if (busy_ || closed_) {
      throw Error(Code::kInvalidState, "live table: it is closed, or read already");
    }
    const Busy busy(*this);
    UniqueArray rows;
    if (!source_->next(rows.get())) return false;
    table_.apply(rows);
    return true;
  }

  std::pair<nb::bytes, int64_t> text(const std::string& format, bool full,
                                     int64_t most) {
    std::string text;
    const int64_t left = table_.write(
        options_of(format, full), [&](std::string_view part) { text += part; }, most);
    return {bytes_of(text), left};
  }

  [[nodiscard]] const render::LiveTable& table() const { return table_; }
  void cancel() { source_->cancel(); }
  // While somebody waits in step(): ends that, which closes.
  void close() {
    closed_ = true;
    if (busy_) {
      source_->cancel();
    } else {
      source_->close();
    }
  }

 private:
  bool busy_ = false;
  bool closed_ = false;
  std::unique_ptr<BatchSource> source_;
  render::LiveTable table_;
};

// (text, whether the server tells keys)
std::pair<std::string, bool> table_text(Connection& connection,
                                        const std::string& table,
                                        const std::string& list_command) {
  return calling([&] {
    const render::TableDescription found =
        render::describe_table(connection, {{}, {}, table}, list_command);
    return std::pair(render::records_text(found.columns), found.keys_told);
  });
}

std::string progress_text(int64_t rows, int64_t bytes, int64_t total_rows,
                          int64_t total_bytes, double fraction, double seconds) {
  return render::progress_text({rows, bytes, total_rows, total_bytes, fraction},
                               seconds);
}

}  // namespace

void bind_render(nb::module_& m) {
  nb::class_<Rendered>(m, "Rendered")
      .def(nb::init<RowReader&, const std::string&, bool, bool>(), nb::arg("reader"),
           nb::arg("format"), nb::arg("full"), nb::arg("at_once"))
      .def("next", &Rendered::next)
      .def_prop_ro("rows", &Rendered::rows)
      .def("progress", &Rendered::progress, nb::arg("seconds"))
      .def("cancel", &Rendered::cancel)
      .def("close", &Rendered::close);
  nb::class_<RenderedLive>(m, "RenderedLive")
      .def(nb::init<RowReader&, int64_t, int64_t>(), nb::arg("reader"),
           nb::arg("max_rows"), nb::arg("max_bytes"))
      .def("step", &RenderedLive::step)
      .def("text", &RenderedLive::text, nb::arg("format"), nb::arg("full"),
           nb::arg("most"))
      .def_prop_ro("rows", [](const RenderedLive& live) { return live.table().size(); })
      .def_prop_ro("events",
                   [](const RenderedLive& live) { return live.table().events(); })
      .def_prop_ro("version",
                   [](const RenderedLive& live) { return live.table().version(); })
      .def("cancel", &RenderedLive::cancel)
      .def("close", &RenderedLive::close);
  m.def("table_text", &table_text, nb::arg("connection"), nb::arg("table"),
        nb::arg("list_command"));
  m.def("progress_text", &progress_text, nb::arg("rows"), nb::arg("bytes"),
        nb::arg("total_rows"), nb::arg("total_bytes"), nb::arg("fraction"),
        nb::arg("seconds"));
  m.def("printable", &render::printable, nb::arg("text"));
  m.def("grouped", &render::grouped, nb::arg("number"));
}

}  // namespace fletching::python
