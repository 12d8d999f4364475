"""Cases made by this implementation itself, from the specification, with the answers written beside them by hand.

They prove this reading sound in itself before it judges another implementation; make_vectors.py hands them over. That each class of them can fail
is for controls.py to show: readers that are wrong on purpose.
"""

import cases_acceptance
import cases_content
import cases_edges
import cases_effects
import cases_keeping
import cases_reconciliation
import cases_statements
import cases_states
import cases_trust

MADE = {
    "cbor.json": ("section 1", cases_statements.cbor),
    "keys.json": ("section 3", cases_statements.key),
    "statements.json": ("sections 2 to 6, 11", lambda: cases_statements.statement() + cases_edges.statement()),
    "parts.json": ("sections 5 and 10", cases_statements.parts),
    "chains.json": ("section 4", cases_states.chains),
    "verdicts.json": ("sections 5 to 8", lambda: [*cases_states.verdicts(), *cases_keeping.cases(), *cases_effects.cases(), *cases_acceptance.cases()]),
    "content.json": ("section 9", cases_content.content),
    "text-forms.json": ("section 11", cases_content.text_forms),
    "trust.json": ("section 15", cases_trust.trust),
    "reconciliation.json": ("section 16", cases_reconciliation.reconciliation),
}


def run(report, files) -> None:
    """Checks every self-made case with the checks of `files`."""
    for name, (_, make) in MADE.items():
        for case in make():
            got, expected = files[name](case)
            report.say(f"self-made {name}: {case['name']}", got, expected)
