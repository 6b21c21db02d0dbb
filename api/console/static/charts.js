// Draws the charts of a page from the figures that stand in it; each has a table with the same figures beside it.
"use strict";

(() => {
  const COLOURS = { bars: ["#9aa3af", "#0b6152"], stack: ["#0b6152", "#d99a1f", "#c9cbcf"], funnel: ["#0b6152"] };
  const number = (value) => value.toLocaleString("en-US");

  function options(chart) {
    const common = {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: "#1d2330" },
      color: chart.series.length === 1 ? ["#0b6152"] : COLOURS[chart.kind],
      aria: { enabled: false },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, renderMode: "richText", valueFormatter: number },
    };
    if (chart.kind === "funnel") {
      const first = Math.max(chart.series[0].values[0], 1);
      return {
        ...common,
        tooltip: undefined,
        grid: { left: 8, right: 88, top: 4, bottom: 4, containLabel: true },
        xAxis: { type: "value", max: first, show: false },
        yAxis: { type: "category", inverse: true, data: chart.names, axisLine: { show: false }, axisTick: { show: false } },
        series: [
          {
            type: "bar",
            data: chart.series[0].values,
            barWidth: "62%",
            showBackground: true,
            backgroundStyle: { color: "#eef0ee" },
            itemStyle: { borderRadius: [0, 4, 4, 0] },
            label: { show: true, position: "right", color: "#1d2330", formatter: (at) => `${number(at.value)}  ${Math.round((100 * at.value) / first)}%` },
          },
        ],
      };
    }
    const stacked = chart.kind === "stack";
    const whole = chart.names.map((_, at) => chart.series.reduce((sum, one) => sum + one.values[at], 0));
    return {
      ...common,
      legend: chart.series.length > 1 ? { top: 0, left: 0, itemWidth: 12, itemHeight: 12, data: chart.series.map((one) => one.name) } : undefined,
      grid: { left: 8, right: 24, top: chart.series.length > 1 ? 32 : 8, bottom: 4, containLabel: true },
      xAxis: {
        type: "value",
        max: stacked ? Math.max(...whole) : undefined,
        splitNumber: 4,
        axisLabel: { color: "#545b68", hideOverlap: true, formatter: number },
        splitLine: { lineStyle: { color: "#e6e7e4" } },
      },
      yAxis: { type: "category", inverse: true, data: chart.names, axisTick: { show: false }, axisLine: { lineStyle: { color: "#c9cbcf" } }, axisLabel: { color: "#1d2330" } },
      series: chart.series.map((one) => ({
        name: one.name,
        type: "bar",
        stack: stacked ? "all" : undefined,
        data: one.values,
        barMaxWidth: stacked ? 28 : 14,
        barGap: "15%",
      })),
    };
  }

  function draw(holder) {
    const chart = JSON.parse(holder.querySelector("script").textContent);
    const canvas = holder.querySelector("[data-canvas]");
    const rows = chart.names.length * (chart.kind === "stack" ? 44 : chart.kind === "funnel" ? 40 : chart.series.length > 1 ? 36 : 26);
    canvas.style.height = `${rows + (chart.series.length > 1 ? 64 : 32)}px`;
    const drawn = echarts.init(canvas, null, { renderer: "svg" });
    drawn.setOption(options(chart));
    new ResizeObserver(() => drawn.resize()).observe(canvas);
  }

  const drawAll = (root) => root.querySelectorAll("[data-chart]").forEach((holder) => holder.dataset.chart === "drawn" || (draw(holder), (holder.dataset.chart = "drawn")));
  document.addEventListener("DOMContentLoaded", () => drawAll(document));
  document.addEventListener("htmx:afterSwap", (event) => drawAll(event.detail.target));
})();
