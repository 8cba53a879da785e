using System.Globalization;

namespace Farback.Sequences;

/// <summary>The agreement task as a list of tasks shows it; examples and defaults come from the task itself.</summary>
internal static class AgreementDescription
{
    public static TaskDescription Make() =>
        new(
            "agreement",
            "Gloss every word in French as it comes; the verb « be » is « était » or « étaient » after a subject many words back.",
            Knobs(new AgreementOptions()),
            [
                Example(
                    "The verb needs its subject, 7 steps back; every other word decides for itself.",
                    new() { Fillers = 2 },
                    "the cats , being gray and happy , be hungry ."
                ),
                Example(
                    "An attractor: the nearer noun has the other number.",
                    new() { Fillers = 1, PrepositionalPhrases = 1 },
                    "the cat behind the dogs , being small , be old ."
                ),
                Example(
                    "Delayed: all words are read before the first gloss, so every word has to be carried.",
                    new() { Fillers = 0, Delayed = true },
                    "the cats be hungry ."
                ),
            ]
        );

    private static TaskKnob[] Knobs(AgreementOptions defaults) =>
        [
            Knob(
                "fillers",
                defaults.Fillers,
                "filler pairs « and happy » between subject and verb: 1, 5, 7, 9, 11, … steps of lag for 0, 1, 2, 3, 4, …"
            ),
            Knob("fewest-fillers", defaults.FewestFillers, "mix the numbers of filler pairs from this one up, in equal parts"),
            Knob(
                "prepositional-phrases",
                defaults.PrepositionalPhrases,
                "phrases « behind the dogs » after the subject, their nouns' numbers random; 3 steps of lag each"
            ),
            Knob(
                "test-attractors",
                defaults.TestAttractors,
                "how many of those nouns have the other number than the subject, in test sentences"
            ),
            Knob("relative-clauses", defaults.RelativeClauses, "clauses « , which seemed gray »; 4 steps of lag each"),
            Knob("nouns", defaults.Nouns, "nouns in use"),
            Knob("adjectives", defaults.Adjectives, "adjectives in use"),
            Knob("sentences", defaults.Sentences, "training sentences"),
            Knob("test-sentences", defaults.TestSentences, "test sentences, no frame of which is trained on"),
            Knob("seed", defaults.Seed, "the seed of every draw"),
            new("delayed", defaults.Delayed ? "on" : "off", "emit the glosses after the sentence"),
        ];

    private static TaskKnob Knob(string name, long? value, string meaning) =>
        new(name, value?.ToString(CultureInfo.InvariantCulture) ?? "none", meaning);

    private static TaskExample Example(string caption, AgreementOptions options, string text)
    {
        // The sentence is given; only the reading of it is needed, so next to nothing is drawn.
        AgreementTask task = new(options with { Sentences = 2, TestSentences = 2 });
        AgreementSentence sentence = task.Read(text);
        return new(
            caption,
            [.. sentence.Inputs.Select(word => task.Vocabulary.InputWords[word])],
            [.. sentence.Targets.Select(word => word == ClassTargets.Ignored ? "" : task.Vocabulary.OutputWords[word])]
        );
    }
}
