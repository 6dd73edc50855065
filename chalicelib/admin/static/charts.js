/*
 * Draws the charts of the admin pages from the tables that stand beside them: a chart can say nothing else than its
 * table, and where this does not run, the tables are all there.
 *
 *   .beside > .charts[hidden] > figure.chart[data-kind][data-column] > figcaption .at, .plot
 *   .beside > ... > table, whose rows begin with a name; its column number data-column is what is drawn
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
      var kind = chart.kind === "days" ? days(chart, figures) : bars(chart);
      plot.setAttribute("aria-label", title + ": " + kind.said + " The table beside has the numbers.");
      var size = function () { return { width: plot.clientWidth, height: kind.height }; };
      // Nothing has no bar; with an edge, the least of anything has one that can be seen.
      // What is below zero is a series of its own, in a color of its own.
      var gains = chart.rows.map(function (row) { return row.value > 0 ? row.value : null; });
      var losses = chart.rows.map(function (row) { return row.value < 0 ? row.value : null; });
      var chartOf = new uPlot(Object.assign(size(), kind.options), [Array.from(gains.keys()), gains, losses], plot);
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
      var text = row.cells[said.column].textContent.trim();
      return {
        name: row.cells[0].textContent.trim(),
        day: row.cells[0].dataset.day,
        text: text,
        value: Number(text.replace("−", "-").replace(/[^\d.-]/g, "")),
        // A currency stands before its amount: "$", or "CHF" and a space.
        unit: text.replace(/[-−\d.,]/g, ""),
        note: said.note ? row.cells[said.note].textContent.trim() : "",
      };
    });
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
    var rows = chart.rows, row = 46, thick = 12;
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
