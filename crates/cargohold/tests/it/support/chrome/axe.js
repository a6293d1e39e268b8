const [done] = arguments;
const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];
const say = (node) => `${node.target.join(" ")}: ${node.failureSummary.replace(/\s*\n\s*/g, " ")}`;
const describe = ({ id, impact, nodes }) => `axe, ${id} (${impact}): ${nodes.slice(0, 5).map(say).join(" | ")}`;
axe.run(document, { runOnly: { type: "tag", values: tags }, resultTypes: ["violations"] }).then(
  ({ violations }) => done(violations.filter(({ impact }) => ["serious", "critical"].includes(impact)).map(describe)),
  (error) => done([`axe fails: ${error}`]),
);
