export const costPlot = () => ""; export const listingPlot = () => "";
