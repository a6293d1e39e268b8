const [width] = arguments;
const root = document.documentElement;
const faults = [];
const headings = document.querySelectorAll("h1").length;
if (headings !== 1) faults.push(`it has ${headings} main headings`);
if (root.clientWidth !== width) faults.push(`it is laid out for ${root.clientWidth} pixels, not for ${width}`);
if (root.scrollWidth > root.clientWidth) {
  const isWide = (element) => element.getBoundingClientRect().right > root.clientWidth + 0.5;
  const wide = [...document.body.querySelectorAll("*")].filter(isWide).slice(0, 3);
  const shown = wide.map((element) => element.cloneNode().outerHTML).join(" ");
  faults.push(`it is ${root.scrollWidth} pixels wide, more than ${root.clientWidth}: ${shown}`);
}
return faults;
