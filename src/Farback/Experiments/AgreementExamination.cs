using Farback.Networks;
using Farback.Sequences;

namespace Farback.Experiments;

/// <summary>Sentences that a model is asked again and again: its answer at each word is its largest logit, the first of equals.</summary>
/// <remarks>A model trained on one task may be asked the sentences of another with the same nouns and adjectives, at a longer lag for example.</remarks>
public sealed class AgreementExamination
{
    private readonly Model<double> _model;
    private readonly IReadOnlyList<AgreementSentence> _sentences;
    private readonly Batch _batch;
    private readonly int[] _said;
    private Trace<double>? _trace;

    /// <param name="model">It is run as it is at each <see cref="Run"/>.</param>
    /// <param name="sentences">At least one.</param>
    /// <exception cref="ArgumentException">There is no sentence, or the read-out is too small for their words.</exception>
    public AgreementExamination(Model<double> model, IReadOnlyList<AgreementSentence> sentences)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _sentences, _batch) = (model, sentences, AgreementTask.BatchOf(sentences));
        _said = new int[_batch.Times * _batch.Lanes];
        int words = ((ClassTargets)_batch.Targets).Classes.Max() + 1;
        if (model.Network.Outputs < words)
            throw new ArgumentException(
                $"model: the sentences have words up to number {words - 1}, the read-out has {model.Network.Outputs} outputs; was it trained with fewer nouns or adjectives?"
            );
    }

    /// <summary>How well they are glossed by the model's parameters as they are now.</summary>
    public AgreementAccuracy Run()
    {
        _trace = _model.Forward(_batch, _trace);
        for (int place = 0; place < _said.Length; place++)
            _said[place] = Largest(_trace.ReadOut(place / _batch.Lanes, place % _batch.Lanes));
        return AgreementAccuracy.Of(_said, _sentences);
    }

    private static int Largest(ReadOnlySpan<double> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
            if (logits[i] > logits[best])
                best = i;
        return best;
    }
}
