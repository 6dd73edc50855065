/*
 * Draws the charts of the admin pages from the tables that stand beside them: a chart can say nothing else than its
 * table, and where this does not run, the tables are all there.
 *
 *   .beside > .charts[hidden] > figure.chart[data-kind][data-column] > figcaption .at, .plot
 *   .beside > ... > table, whose rows begin with a name; its column number data-column is what is drawn
 *
 * Of kind "lines", a cell with data-at says when its row is, in whole steps; the other name of the row, if it has two,
 * is whose line it is on. data-before is the column with what was before, which is drawn dashed.
 *
 * Nothing moves by itself, so there is nothing to hold still for whoever asks for less motion.
 */
(function () {
  "use strict";
  if (!window.uPlot) return;

  var LANGUAGE = "en-US"; // the one these pages are written in
  var short = new Intl.DateTimeFormat(LANGUAGE, { day: "numeric", month: "short", timeZone: "UTC" });
  var compact = new Intl.NumberFormat(LANGUAGE, { notation: "compact", maximumSignificantDigits: 3 });
  var family = getComputedStyle(document.body).fontFamily;
  var MOST_LINES = 6, MOST_BARS = 30;
  var drawn = [];

  document.querySelectorAll(".beside").forEach(function (place) {
    var charts = place.querySelector(".charts");
    var figures = Array.from(charts.querySelectorAll(".chart"), function (figure) {
      return { figure: figure, kind: figure.dataset.kind, rows: read(place.querySelector("table"), figure.dataset) };
    });
    charts.hidden = false;
    figures.forEach(function (chart) {
      var plot = chart.figure.querySelector(".plot");
      var title = chart.figure.querySelector("b").textContent;
      var kind = chart.kind === "days" ? days(chart, figures) : chart.kind === "lines" ? lines(chart) : bars(chart);
      plot.setAttribute("aria-label", title + ": " + kind.said + " The table beside has the numbers.");
      var size = function () { return { width: plot.clientWidth, height: kind.height }; };
      // Nothing has no bar; with an edge, the least of anything has one that can be seen.
      // What is below zero is a series of its own, in a color of its own.
      var gains = chart.rows.map(function (row) { return row.value > 0 ? row.value : null; });
      var losses = chart.rows.map(function (row) { return row.value < 0 ? row.value : null; });
      var data = kind.data || [Array.from(gains.keys()), gains, losses];
      var chartOf = new uPlot(Object.assign(size(), kind.options), data, plot);
      new ResizeObserver(function () { chartOf.setSize(size()); }).observe(plot);
      drawn.push(chartOf);
    });
  });

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () {
    drawn.forEach(function (chart) { chart.redraw(); });
  });

  /* A row is its name, its cell as it is written, and that as a number: near enough for a length on a screen. */
  function read(table, said) {
    return Array.from(table.tBodies[0].rows, function (row) {
      var text = written(row.cells[said.column]);
      var when = Array.from(row.cells).findIndex(function (cell) { return cell.dataset.at; });
      var names = Array.from(row.cells).slice(0, said.names || 1).map(written);
      return {
        name: names.join(" · "),
        day: row.cells[0].dataset.day,
        at: when < 0 ? 0 : Number(row.cells[when].dataset.at),
        when: when < 0 ? "" : names[when],
        short: when < 0 ? "" : row.cells[when].dataset.short,
        line: names[1 - when] || "",
        before: said.before ? amount(written(row.cells[said.before])) : null,
        text: text,
        value: amount(text),
        // A currency stands before its amount: "$", or "CHF" and a space; "%" behind it.
        unit: text.replace(/[-−–\d.,]/g, ""),
        note: said.note ? row.cells[said.note].textContent.trim() : "",
      };
    });
  }

  /* What a cell says first: what it has changed by stands below it. */
  function written(cell) {
    var first = cell.querySelector("[data-value]") || cell;
    return first.textContent.trim();
  }

  /* A dash is nothing. */
  function amount(text) {
    var digits = text.replace("−", "-").replace(/[^\d.-]/g, "");
    return digits ? Number(digits) : null;
  }

  /* A line for each name, over steps of time without gaps; at most six, those with most. */
  function lines(chart) {
    var rows = chart.rows, first = Infinity, last = -Infinity, when = {}, labels = {}, own = new Map(), unit = "";
    rows.forEach(function (row) {
      first = Math.min(first, row.at);
      last = Math.max(last, row.at);
      when[row.at] = row.when;
      labels[row.at] = row.short;
      unit = unit || row.unit;
      if (!own.has(row.line)) own.set(row.line, []);
      own.get(row.line).push(row);
    });
    var steps_ = Array.from({ length: last - first + 1 }, function (_, step) { return first + step; });
    var ratio = unit === "%" || rows.some(function (row) { return row.value === null; });
    var series = Array.from(own, function (entry) { return of(entry[0], entry[1], "value"); });
    series.sort(function (one, other) { return other.sum - one.sum; });
    var left = series.length - MOST_LINES;
    series = series.slice(0, MOST_LINES);
    if (chart.figure.dataset.before && own.size === 1) series.push(of("Before", rows, "before"));
    var at = chart.figure.querySelector(".at");
    legend(chart.figure, series, left);
    return {
      said: series.map(function (one) {
        return (one.name || "a line") + " from " + (when[first] || "") + " to " + (when[last] || "") + ", at most " + one.most;
      }).join("; ") + "." + (left > 0 ? " " + left + " more are not drawn." : ""),
      height: 220,
      data: [steps_].concat(series.map(function (one) { return one.values; })),
      options: {
        legend: { show: false },
        padding: [8, 16, 0, 0],
        cursor: { y: false, drag: { x: false, y: false } },
        scales: { x: { time: false, range: [first - 0.5, last + 0.5] }, y: { range: around } },
        axes: [
          Object.assign(axis(72), { incrs: [1, 2, 7, 14, 28, 56], size: 26, grid: { show: false }, values: named }),
          Object.assign(axis(22), { incrs: steps(unit ? -2 : 0), size: unit ? 72 : 44, values: measured }),
        ],
        series: [{}].concat(series.map(function (one, place) {
          return {
            stroke: function () { return color("--line-" + (place + 1)); },
            width: 2,
            dash: one.name === "Before" ? [6, 5] : undefined,
            points: { show: steps_.length < 40, size: 5, fill: function () { return color("--line-" + (place + 1)); } },
          };
        })),
        hooks: { setCursor: [point] },
      },
    };

    function of(name, several, field) {
      var values = steps_.map(function () { return ratio ? null : 0; }), sum = 0, most = null;
      several.forEach(function (row) {
        if (row[field] === null && !ratio) return;
        values[row.at - first] = row[field];
        sum += Math.abs(row[field] || 0);
        if (most === null || (row[field] || 0) > most.value) most = { value: row[field] || 0, text: row.text };
      });
      return { name: name, values: values, sum: sum, most: field === "value" ? most.text : measured(null, [most.value])[0] };
    }

    function named(_, places) {
      return places.map(function (place) { return labels[place] || ""; });
    }

    function measured(_, places) {
      return places.map(function (place) {
        var size = compact.format(Math.abs(place));
        return (place < 0 ? "-" : "") + (unit === "%" ? size + unit : unit + size);
      });
    }

    function point(plot) {
      var place = plot.cursor.idx;
      at.textContent = place == null ? "" : (when[steps_[place]] || "") + ": " + series.map(function (one) {
        var value = one.values[place];
        return (one.name ? one.name + " " : "") + (value === null ? "–" : measured(null, [value])[0]);
      }).join(", ");
    }
  }

  /* Names the lines in their colors, and says how many are not drawn. */
  function legend(figure, series, left) {
    if (series.length < 2 && left <= 0) return;
    var list = document.createElement("ul");
    list.className = "lines";
    series.forEach(function (one, place) {
      var item = document.createElement("li");
      item.className = "line-" + (place + 1) + (one.name === "Before" ? " dashed" : "");
      item.textContent = one.name || "these days";
      list.append(item);
    });
    if (left > 0) {
      var rest = document.createElement("li");
      rest.textContent = left + " more are not drawn";
      list.append(rest);
    }
    figure.querySelector("figcaption").append(list);
  }

  /* A bar a day, oldest first, over an axis of days and beside one of values. */
  function days(chart, neighbors) {
    var rows = chart.rows.sort(function (one, other) { return one.day < other.day ? -1 : 1; });
    var name = rows.map(function (row) { return short.format(new Date(row.day + "T00:00:00Z")); });
    var best = rows.reduce(function (most, row) { return row.value > most.value ? row : most; });
    var unit = rows[0].unit;
    var at = chart.figure.querySelector(".at");
    // One width for all, so that the same day is at the same place in each.
    var gutter = neighbors.some(function (other) { return other.rows[0].unit; }) ? 72 : 44;
    return {
      said: "a bar a day from " + name[0] + " to " + name[name.length - 1] + ", at most " + best.text + ".",
      height: 148,
      options: {
        legend: { show: false },
        padding: [8, 16, 0, 0],
        cursor: { move: onto, y: false, points: { show: false }, drag: { x: false, y: false }, sync: { key: "days" } },
        scales: { x: { time: false, range: [-0.5, rows.length - 0.5] }, y: { range: around } },
        axes: [
          Object.assign(axis(64), { incrs: [1, 2, 7, 14, 28], size: 26, grid: { show: false }, values: named }),
          Object.assign(axis(22), { incrs: steps(unit ? -2 : 0), size: gutter, values: measured }),
        ],
        series: [{}].concat(both({ size: [0.72, 40], radius: 0.12 })),
        hooks: { setCursor: [point] },
      },
    };

    function named(_, places) {
      return places.map(function (place) { return name[place] || ""; });
    }

    function measured(_, places) {
      return places.map(function (place) { return (place < 0 ? "-" : "") + unit + compact.format(Math.abs(place)); });
    }

    /* The line goes through the middle of a day. */
    function onto(plot, left, top) {
      return [left < 0 ? left : plot.valToPos(plot.posToIdx(left), "x"), top];
    }

    function point(plot) {
      var place = plot.cursor.idx;
      at.textContent = place == null ? "" : name[place] + ": " + rows[place].text;
    }
  }

  /* A bar a row, each under its name and its value: names of any length have room, on a phone too. */
  function bars(chart) {
    var left = chart.rows.length - MOST_BARS, rows = chart.rows = chart.rows.slice(0, MOST_BARS), row = 46, thick = 12;
    legend(chart.figure, [], left);
    var told = rows.map(function (one) { return one.text + (one.note && " · " + one.note); });
    return {
      said: rows.map(function (one, place) { return one.name + " " + told[place]; }).join(", ") + ".",
      height: rows.length * row,
      options: {
        legend: { show: false },
        padding: [0, 0, 0, 0],
        cursor: { show: false },
        scales: {
          x: { time: false, ori: 1, dir: -1, range: [-0.72, rows.length - 0.72] },
          y: { ori: 0, range: whole },
        },
        axes: [{ show: false }, { show: false }],
        series: [{}].concat(both({ size: [0.5, thick], radius: 0.25 })),
        hooks: { drawAxes: [zero], draw: [write] },
      },
    };

    /* Where some are below zero, a line shows where that is. */
    function zero(plot) {
      if (plot.scales.y.min >= 0) return;
      var pen = plot.ctx, place = Math.round(plot.valToPos(0, "y", true)), half = (thick / 2 + 3) * uPlot.pxRatio;
      pen.fillStyle = color("--soft");
      rows.forEach(function (_, row) {
        pen.fillRect(place, plot.valToPos(row, "x", true) - half, uPlot.pxRatio, 2 * half);
      });
    }

    function write(plot) {
      var pen = plot.ctx, box = plot.bbox, scale = uPlot.pxRatio;
      pen.save();
      pen.textBaseline = "alphabetic";
      rows.forEach(function (one, place) {
        var line = plot.valToPos(place, "x", true) - (thick / 2 + 7) * scale;
        pen.font = "600 " + 14 * scale + "px " + family;
        pen.fillStyle = color("--ink");
        pen.textAlign = "right";
        pen.fillText(told[place], box.left + box.width, line);
        var room = box.width - pen.measureText(told[place]).width - 12 * scale;
        pen.font = 14 * scale + "px " + family;
        pen.textAlign = "left";
        pen.fillText(fitting(pen, one.name, room), box.left, line);
      });
      pen.restore();
    }
  }

  function both(shape) {
    return ["--bar", "--red"].map(function (name) {
      var paint = function () { return color(name); };
      return { fill: paint, stroke: paint, width: 1, points: { show: false }, paths: uPlot.paths.bars(shape) };
    });
  }

  function axis(space) {
    return {
      font: "12px " + family,
      space: space,
      gap: 6,
      stroke: function () { return color("--soft"); },
      grid: { stroke: function () { return color("--line"); }, width: 1 },
      ticks: { show: false },
    };
  }

  /* From zero, or below it, to a little above the highest. */
  function around(_, least, most) {
    return whole(_, least * 1.1, most * 1.1);
  }

  function whole(_, least, most) {
    return [Math.min(0, least), Math.max(0, most, least < 0 ? -least : 0) || 1];
  }

  /* 1, 2 and 5, and their tenfolds from a power of ten on. */
  function steps(power) {
    var found = [];
    for (; power < 15; power++) [1, 2, 5].forEach(function (one) { found.push(Number(one + "e" + power)); });
    return found;
  }

  function fitting(pen, text, room) {
    var emails = Array.from(text);
    while (emails.length > 1 && pen.measureText(text).width > room) {
      emails.pop();
      text = emails.join("").trimEnd() + "…";
    }
    return text;
  }

  function color(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }
})();
