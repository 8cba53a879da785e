using Farback.Sequences;

namespace Farback.Formats;

/// <summary>A language model of a plain text: the next character or word from those before.</summary>
/// <remarks>
///   The parts are contiguous: the head is trained on, the tail is the test, validation lies between. A held-out token is judged exactly
///   once, in a window that begins half a window earlier so that the network has read something before it is asked. The text stays on the
///   disk whatever its size: in memory are the vocabulary and the offset of every 1024th token.
/// </remarks>
public sealed class TextTask : FileTask, IDisposable
{
    /// <summary>A held-out part is no longer than this, so that judging a large text takes bounded time.</summary>
    public const long LongestHeldOut = 500_000;

    /// <summary>The counted baselines learn from the last so many tokens of the training part.</summary>
    public const long MostCounted = 1_000_000;

    private const int Fewest = 20;
    private const int DefaultWindow = 100;

    private readonly TextFile _text;
    private readonly Lazy<BackoffModel> _counted;
    private readonly long _training,
        _validation,
        _test;
    private readonly int _window,
        _before;

    /// <summary>Reads the text through twice: for its length, and for the vocabulary of its training part.</summary>
    /// <exception cref="MalformedFileException">The text is no UTF-8, has a NUL byte, or is too short to be split.</exception>
    public TextTask(string file, DataOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        if (options.ValidationFile is not null || options.TestFile is not null)
            throw new ArgumentException($"validation and test files: {file} is plain text, whose tail is held out; leave them away.");
        _text = new(file, options.Unit);
        try
        {
            if (_text.Count < Fewest)
                throw new MalformedFileException(
                    file,
                    $"the text has {_text.Count} {Units}",
                    $"at least {Fewest}, to train and to hold out"
                );
            _validation = Held(options.ValidationShare);
            _test = Held(options.TestShare);
            _training = _text.Count - _validation - _test;
            if (_training < Fewest / 2)
                throw new ArgumentException(
                    $"validation and test shares: {_training} of {_text.Count} {Units} are left to train on; expected {Fewest / 2} or more."
                );
            _window = (int)Math.Min(options.Window ?? DefaultWindow, _training / 4);
            _before = Math.Max(BackoffModel.Order - 1, _window / 2);
            WordCounts counts = new();
            TextCursor cursor = _text.At(0, 1 << 16);
            for (long place = 0; place < _training && cursor.Next(out ReadOnlySpan<char> token); place++)
                counts.Add(token);
            int minimum = options.Minimum(options.Unit);
            (Vocabulary, int dropped, long uses) = counts.Make(minimum, options.MostWords);
            _counted = new(Count);
            CarriesState = options.Contiguous;
            Description = Describe(counts.Fact(Vocabulary, minimum, dropped, uses, Units));
        }
        catch
        {
            _text.Dispose();
            throw;
        }

        long Held(double share) => share == 0 ? 0 : Math.Clamp((long)(share * _text.Count), 1, LongestHeldOut);
    }

    /// <summary>The words that are told apart.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Steps of a training sequence.</summary>
    public int Window => _window;

    /// <inheritdoc/>
    public override string Name => Path.GetFileName(_text.Path);

    /// <inheritdoc/>
    public override FileDescription Description { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> InputWords => Vocabulary.Words;

    /// <inheritdoc/>
    public override IReadOnlyList<string> OutputWords => Vocabulary.Words;

    /// <inheritdoc/>
    public override int Outputs => Vocabulary.Words.Count;

    /// <inheritdoc/>
    public override Answer Answer => Answer.OneClass;

    /// <inheritdoc/>
    public override bool CarriesState { get; }

    private string Unit => _text.Unit == TextUnit.Characters ? "character" : "word";

    private string Units => $"{Unit}s";

    /// <summary>Windows drawn from the training part; or, where state is carried, the next window of every lane.</summary>
    public override Batch Next(TaskPlace place, int lanes)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        long[] starts = new long[lanes];
        if (CarriesState)
        {
            // whole windows in a ring, the lanes spread evenly: a lane goes on into its neighbour's part, and only at the end of all to the beginning
            long windows = (_training - 1) / _window;
            for (int lane = 0; lane < lanes; lane++)
                starts[lane] = (lane * windows / lanes + place.Position) % windows * _window;
            place.Position++;
        }
        else
        {
            for (int lane = 0; lane < lanes; lane++)
                starts[lane] = (long)(place.Random.NextDouble() * (_training - _window));
        }
        return Make([.. starts.Select(start => (start, 0, _window))]);
    }

    /// <summary>Every token of the part once, in windows that overlap by what is only read.</summary>
    public override IEnumerable<Batch> Held(Split split, int lanes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(lanes);
        (long first, long count) = split switch
        {
            Split.Training => (1 + _before, Math.Max(0, Math.Min(LongestHeldOut, _training) - 1 - _before)),
            Split.Validation => (_training, _validation),
            _ => (_training + _validation, _test),
        };
        List<(long Start, int Read, int Asked)> windows = [];
        for (long asked = first; asked < first + count; asked += _window)
        {
            int read = (int)Math.Min(_before, asked - 1);
            windows.Add((asked - 1 - read, read, (int)Math.Min(_window, first + count - asked)));
            if (windows.Count == lanes || asked + _window >= first + count)
            {
                yield return Make(windows);
                windows.Clear();
            }
        }
    }

    /// <inheritdoc/>
    public override Judge NewJudge() => new TextJudge(Unit, _counted);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _text.Dispose();

    // a window: so many tokens that are only read, then so many whose successors are asked for
    private Batch Make(List<(long Start, int Read, int Asked)> windows)
    {
        int lanes = windows.Count,
            times = windows.Max(window => window.Read + window.Asked);
        int[] ids = new int[times * lanes],
            targets = new int[times * lanes];
        Array.Fill(targets, ClassTargets.Ignored);
        for (int lane = 0; lane < lanes; lane++)
        {
            (long start, int read, int asked) = windows[lane];
            int[] tokens = _text.Read(start, read + asked + 1, Vocabulary);
            for (int time = 0; time < read + asked; time++)
            {
                ids[time * lanes + lane] = tokens[time];
                if (time >= read)
                    targets[time * lanes + lane] = tokens[time + 1];
            }
        }
        return Batch.OfIds(ids, times, lanes, new ClassTargets(targets), [.. windows.Select(window => window.Read + window.Asked)]);
    }

    private BackoffModel Count()
    {
        BackoffModel model = new(Vocabulary.Words.Count);
        BackoffModel.History history = new();
        long first = Math.Max(0, _training - MostCounted);
        TextCursor cursor = _text.At(first, 1 << 16);
        for (long place = first; place < _training && cursor.Next(out ReadOnlySpan<char> token); place++)
            model.Count(history, Vocabulary.Of(token));
        return model;
    }

    private FileDescription Describe(string vocabulary)
    {
        string[] shown = [.. Vocabulary.Words.Select(Show)];
        TaskExample[] examples =
        [
            .. Enumerable
                .Range(0, 3)
                .Select(part => part * (_training - 1) / 3)
                .Select(start => _text.Read(start, Math.Min(_window, 24) + 1, Vocabulary))
                .Select(
                    (tokens, part) =>
                        new TaskExample(
                            part == 0 ? "The beginning; what is asked stands under what is read." : $"At {part} / 3 of the training part.",
                            [.. tokens[..^1].Select(token => shown[token])],
                            [.. tokens[1..].Select(token => shown[token])]
                        )
                ),
        ];
        string drawn = CarriesState
            ? "walk through the training part, every lane going on where it ended (truncated backpropagation that carries the state)"
            : "are drawn at random from the training part";
        return new(
            _text.Path,
            DataKind.Text,
            $"Plain text, read {Unit} by {Unit}; the next {Unit} is asked at every step.",
            new(_window, _window, _window, Units),
            Vocabulary.Words.Count,
            [],
            [new(Split.Training, _training, Units), new(Split.Validation, _validation, Units), new(Split.Test, _test, Units)],
            [
                $"{_text.Count} {Units} in {_text.Lines} lines; a line's end is one {Unit}, CRLF like LF"
                    + (_text.Unit == TextUnit.Words ? "; punctuation marks are words, case is kept." : "."),
                $"The split is contiguous: the first {_training} {Units} are trained on, the next {_validation} are for validation, the last {_test} for the test.",
                $"Sequences of {_window} {Units} {drawn}; every held-out {Unit} is judged once, after {_before} that are only read.",
                vocabulary,
                $"The baselines count 1-, 2- and {BackoffModel.Order}-grams of the last {Math.Min(_training, MostCounted)} {Units} of the training part, interpolated with Witten–Bell weights.",
            ],
            examples
        );
    }

    private static string Show(string word) =>
        word is "\n" ? "⏎"
        : word is " " ? "␣"
        : word is "\t" ? "⇥"
        : word;
}
