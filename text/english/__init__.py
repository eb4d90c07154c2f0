"""What is known of English words, whatever list of terms is in use.

What pronouns beside other words mean, and where a listed word means nobody's identity: fixed
phrases, compounds, states and nationalities of things, languages, species, verbs and exclamations.
"""

__all__ = [
    "compounds",
    "phrases",
    "pronoun_model",
    "pronoun_uses",
    "pronoun_words",
    "states",
    "things",
    "verbs",
]
