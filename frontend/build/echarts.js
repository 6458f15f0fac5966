// The part of Apache ECharts that Windhover draws with: the only place that decides which chart types exist in the
// browser. A series or component that is not registered here is silently not drawn, so add it here first. Each costs
// bytes that everybody loads before the first chart: legends, colour scales and tooltips are ours, in HTML.
//
// Canvas, not SVG: a dashboard repaints two dozen charts on every click, and heatmaps and long lines hold thousands of
// marks; one canvas per chart repaints those in a few milliseconds where SVG would touch as many DOM nodes. Exports use
// the SVG renderer, on the server.
import { BarChart, HeatmapChart, LineChart, PieChart, ScatterChart } from "echarts/charts";
import { AxisPointerComponent, GridComponent, MarkAreaComponent } from "echarts/components";
import { use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";

use([
  LineChart,
  BarChart,
  PieChart,
  HeatmapChart,
  ScatterChart,
  GridComponent,
  AxisPointerComponent,
  MarkAreaComponent,
  CanvasRenderer,
]);

export { init } from "echarts/core";
