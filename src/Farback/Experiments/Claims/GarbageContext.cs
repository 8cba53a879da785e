using Farback.Diagnosis;
using Farback.Networks;
using Farback.Reports;
using Farback.Sequences;
using Farback.Training;

namespace Farback.Experiments;

/// <summary>Claim 7: the verb gets garbage context, garbage in, garbage out.</summary>
/// <remarks>
///   Asked of networks that fail at the verb. (A) not retained, (B) retained but not read out, (C) retained in c but hidden by the output
///   gate: <see cref="MemoryVerdict"/> decides by probes on h and on what the read-out cannot see, and by a refit of the read-out alone.
///   Context is garbage where it was not retained.
/// </remarks>
/// <param name="Network">Which network.</param>
/// <param name="Fails">False where it says the verb right: it is not asked further.</param>
/// <param name="Outcome">Why it fails.</param>
/// <param name="Skill">Verbs right.</param>
/// <param name="Readable">A probe on what the read-out is fed, h.</param>
/// <param name="Behind">A probe on what it is not fed, c; NaN where it is fed everything.</param>
/// <param name="Refitted">Verbs right after training the read-out alone; NaN where there was nothing to read.</param>
public sealed record GarbageContext(
    string Network,
    bool Fails,
    MemoryOutcome Outcome,
    double Skill,
    double Readable,
    double Behind,
    double Refitted
)
{
    /// <summary>Three quarters: most are of one kind.</summary>
    public const double Most = 0.75;

    /// <summary>Fewer failures than that decide nothing.</summary>
    public const int Fewest = 4;

    private const int RefitSteps = 300;

    /// <summary>True where the state has the number, wherever.</summary>
    public bool Kept => Fails && Outcome is MemoryOutcome.RetainedNotReadOut or MemoryOutcome.Hidden;

    /// <summary>True where no part of the state has it.</summary>
    public bool Lost => Fails && Outcome is MemoryOutcome.NotRetained or MemoryOutcome.NeverLearned;

    /// <summary>Measures the networks of a seed that fail.</summary>
    public static IReadOnlyList<GarbageContext> Of(ClaimRuns runs, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(runs);
        var asked = AskedPlaces.Verbs(runs.Longest(256));
        return
        [
            Of("Elman", runs.Elman, runs, asked, cancel),
            Of("Elman, role one's gradient only", runs.ElmanNow, runs, asked, cancel),
            Of("LSTM, before it had learned", runs.LstmEarly, runs, asked, cancel),
            Of("LSTM, role one's gradient only", runs.LstmNow, runs, asked, cancel),
        ];
    }

    private static GarbageContext Of(string name, AgreementTrialResult run, ClaimRuns runs, AskedPlaces asked, CancellationToken cancel)
    {
        Model<double> model = ClaimRuns.After(run);
        Loss loss = new SoftmaxCrossEntropy();
        var said = new Saying(model.Forward(asked.Batch), asked, loss);
        Estimate skill = Diagnosis.Skill.Of(asked, said.Merit);
        if (skill.Value >= Diagnosis.Verdict.Learned)
            return new(name, false, MemoryOutcome.Remembers, skill.Value, double.NaN, double.NaN, double.NaN);
        var probes = new StateProbes(model, asked);
        ProbeResult readable = probes.Answer(StatePart.Readable(run.Network), 0),
            whole = probes.Answer(StatePart.Of(run.Network)[0], 0);
        ProbeResult? behind = StatePart.Hidden(run.Network) is { } hidden ? probes.Answer(hidden, 0) : null;
        double control = new[] { readable, whole, behind }.OfType<ProbeResult>().Max(probe => probe.Control);
        bool worthRefitting = readable.Skill.Low >= control + MemoryVerdict.Held * (1 - control);
        Estimate? refitted = worthRefitting
            ? Refit
                .Of(
                    run.Network,
                    run.Trained,
                    new AgreementLearning(runs.Task),
                    asked,
                    RefitPart.ReadOut,
                    RefitSteps,
                    seed: runs.Seed,
                    cancel: cancel
                )
                .After
            : null;
        MemoryVerdict verdict = MemoryVerdict.Of(
            new(skill, control, readable.Skill, whole.Skill, behind?.Skill, refitted, Reached: null, runs.NeededLag)
        );
        return new(
            name,
            true,
            verdict.Outcome,
            skill.Value,
            readable.Skill.Value,
            behind?.Skill.Value ?? double.NaN,
            refitted?.Value ?? double.NaN
        );
    }

    /// <summary>The rule: failures by whether the context was lost.</summary>
    public static ClaimVerdict Rule(int lost, int kept)
    {
        if (lost + kept < Fewest)
            return ClaimVerdict.Undecided;
        Estimate share = Estimate.OfShare(lost, lost + kept);
        return share.Low >= Most ? ClaimVerdict.Right
            : share.High <= 1 - Most ? ClaimVerdict.Wrong
            : lost > 1 && kept > 1 ? ClaimVerdict.Partly
            : ClaimVerdict.Undecided;
    }

    /// <summary>The answer from every seed's numbers.</summary>
    public static ClaimAnswer Answer(IReadOnlyList<IReadOnlyList<GarbageContext>> seeds)
    {
        ArgumentNullException.ThrowIfNull(seeds);
        GarbageContext[] all = [.. seeds.SelectMany(seed => seed)];
        int Count(MemoryOutcome outcome) => all.Count(one => one.Fails && one.Outcome == outcome);
        int lost = all.Count(one => one.Lost),
            kept = all.Count(one => one.Kept),
            failed = all.Count(one => one.Fails);
        ClaimVerdict verdict = Rule(lost, kept);
        string[] networks = [.. seeds[0].Select(one => one.Network)];
        ClaimNumber Each(string network, string what, Func<GarbageContext, double> read) =>
            new($"{network}: {what}", ClaimUnit.Share, [.. seeds.Select(seed => read(seed.First(one => one.Network == network)))]);
        ClaimNumber[] lostShare = [.. networks.Select(network => Each(network, "fails and has lost the number", one => one.Lost ? 1 : 0))];
        ClaimNumber[] skill = [.. networks.Select(network => Each(network, "verbs right", one => one.Skill))];
        ClaimNumber[] readable = [.. networks.Select(network => Each(network, "number read off h by a probe", one => one.Readable))];
        ClaimNumber[] behind =
        [
            .. networks
                .Where(network => all.Any(one => one.Network == network && !double.IsNaN(one.Behind)))
                .Select(network => Each(network, "number read off c by a probe", one => one.Behind)),
        ];
        ClaimNumber[] refitted =
        [
            .. networks
                .Where(network => all.Any(one => one.Network == network && !double.IsNaN(one.Refitted)))
                .Select(network => Each(network, "verbs right after training the output weights alone", one => one.Refitted)),
        ];
        string modes =
            $"Of {Say.Count(failed, "network", "networks")} that failed at the verb, {lost} had lost its subject's number, {Count(MemoryOutcome.RetainedNotReadOut)} still had it where the output weights could read it and did not, {Count(MemoryOutcome.Hidden)} had it in c, behind the output gate; of {failed - lost - kept} it cannot be told";
        return new()
        {
            Key = "7",
            Claim = "The verb gets garbage as its context: garbage in, garbage out.",
            Verdict = verdict,
            Because = verdict switch
            {
                ClaimVerdict.Right => $"{modes}.",
                ClaimVerdict.Wrong => $"{modes}: the context was there.",
                ClaimVerdict.Partly => $"{modes}. Lost context is one way to fail, and not the only one.",
                _ => $"{modes}: too few, or too mixed, to say.",
            },
            WouldFlip =
                $"three failures in four without the number for certain, by Wilson's interval (right), or one in four at most (wrong); between them two of each kind make it partly right.",
            Numbers = [.. skill, .. readable, .. behind, .. refitted, .. lostShare],
            Chart = new(
                "Subject's number, read off the state at the verb",
                0.4,
                1,
                [new(AgreementTask.Chance, "a guess")],
                [.. readable, .. behind]
            ),
            See = "farback memory --cell elman --lag 21 --fewest-fillers 0 --train 1500",
        };
    }
}
