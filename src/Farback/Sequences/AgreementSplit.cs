namespace Farback.Sequences;

/// <summary>Draws the training and the test sentences of one number of filler pairs, so that they share no frame.</summary>
/// <remarks>
///   Some keys are set apart for testing, at most half of all; test sentences are made of those, training sentences of the rest. So a test
///   sentence is new up to its verb in whichever number its nouns are put, and its pair (cat/cats) was not met in training either.
/// </remarks>
internal sealed class AgreementSplit
{
    private readonly AgreementOptions _options;
    private readonly AgreementGrammar _grammar;
    private readonly RandomStream _random;
    private readonly int _fillers;
    private readonly List<int[]> _heldOut = [];
    private readonly HashSet<string> _heldOutKeys = [];
    private readonly HashSet<string> _tested = [];
    private int _drawn;

    /// <summary>Sets frames apart for so many test sentences of each number.</summary>
    public AgreementSplit(AgreementOptions options, AgreementGrammar grammar, RandomStream random, int fillers, int singular, int plural)
    {
        (_options, _grammar, _random, _fillers) = (options, grammar, random, fillers);
        long frames = grammar.CountFrames(fillers);
        long aside = Math.Min(singular + plural, frames / 2);
        long each = grammar.CountSentences(fillers, options.TestAttractors);
        if (Math.Max(singular, plural) > aside * each)
            throw new ArgumentException(
                $"TestSentences: {singular + plural} different sentences are needed with {fillers} filler pairs, but only {2 * aside * each} exist"
                    + $" there that share no frame with training (half of {frames} frames, {each} to a frame and number)."
                    + $" Ask for fewer, or for more Fillers, Nouns (now {options.Nouns}) or Adjectives (now {options.Adjectives})."
            );
        while (_heldOut.Count < aside)
        {
            int[] frame = grammar.Draw(random, fillers);
            if (_heldOutKeys.Add(grammar.KeyOf(frame, fillers)))
                _heldOut.Add(frame);
        }
    }

    /// <summary>A test sentence that was not drawn before.</summary>
    public int[] DrawTest(bool plural)
    {
        // Every frame set apart is used before any comes twice.
        int[] frame = _heldOut[_drawn < _heldOut.Count ? _drawn : _random.Next(_heldOut.Count)];
        _drawn++;
        while (true)
        {
            int[] sentence = _grammar.Inflect(
                _random,
                _grammar.WithAnyPredicate(_random, frame, _fillers),
                plural,
                _options.TestAttractors
            );
            if (_tested.Add(AgreementGrammar.TextOf(sentence)))
                return sentence;
            frame = _heldOut[_random.Next(_heldOut.Count)];
        }
    }

    /// <summary>A training sentence; it may have been drawn before.</summary>
    public int[] DrawTrain(bool plural)
    {
        int[] frame;
        do frame = _grammar.Draw(_random, _fillers);
        while (_heldOutKeys.Contains(_grammar.KeyOf(frame, _fillers)));
        return _grammar.Inflect(_random, frame, plural, null);
    }
}
