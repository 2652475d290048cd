// Text that leaves the screen sideways, is cut off by its own box, or lies on other drawn text.
const faults = [];
const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width) faults.push(`page is ${document.documentElement.scrollWidth} wide`);
const shown = (node) => node.checkVisibility() && !node.closest('.spoken, .skip, .scroller, .stacked thead');
const name = (node) => `${node.nodeName} ${node.textContent.trim().slice(0, 40)}`;
for (const node of document.querySelectorAll('body *')) {
  if (!shown(node) || node.closest('svg') || !node.textContent.trim()) continue;
  const box = node.getBoundingClientRect();
  if (box.width && (box.right > width + 1 || box.left < -1)) faults.push(`off screen: ${name(node)}`);
  const style = getComputedStyle(node);
  if (style.overflowX !== 'visible' && node.scrollWidth > node.clientWidth + 1) faults.push(`cut off: ${name(node)}`);
}
for (const drawing of document.querySelectorAll('svg')) {
  const frame = (drawing.closest('.scroller > div') ?? document.documentElement).getBoundingClientRect();
  const texts = [...drawing.querySelectorAll('text')].map((node) => [node, node.getBoundingClientRect()]);
  texts.forEach(([node, box], index) => {
    if (box.right > frame.right + 1 || box.left < frame.left - 1) faults.push(`clipped: ${name(node)}`);
    for (const [other, beside] of texts.slice(index + 1)) {
      const across = Math.min(box.right, beside.right) - Math.max(box.left, beside.left);
      const down = Math.min(box.bottom, beside.bottom) - Math.max(box.top, beside.top);
      if (across > 1 && down > 3) faults.push(`overlap: ${name(node)} / ${name(other)}`);
    }
  });
}
return faults;
