namespace Farback.Gradients;

/// <summary>Lets groups that walk at once add to one sum in the order of the groups, place by place: then it does not depend on who walked which.</summary>
/// <remarks>
///   A group begins after its predecessor did, and reaches a place later: it hardly ever waits. Groups are begun in order, so the first of
///   those under way waits for nobody.
/// </remarks>
internal sealed class Turnstile(int groups)
{
    private const int Apart = 16; // longs: nobody's cache line is another's

    private readonly long[] _passed = new long[groups * Apart];

    /// <summary>Waits until the group before has passed a place; places are counted from 1.</summary>
    public void Wait(int group, long place)
    {
        if (group == 0)
            return;
        ref long passed = ref _passed[(group - 1) * Apart];
        for (SpinWait wait = default; Volatile.Read(ref passed) < place; )
            wait.SpinOnce(sleep1Threshold: -1); // spins, then yields: the other group needs a core, not a millisecond
    }

    /// <summary>A group has passed a place, and all before it.</summary>
    public void Pass(int group, long place) => Volatile.Write(ref _passed[group * Apart], place);

    /// <summary>A group has ended, whichever way.</summary>
    public void End(int group) => Pass(group, long.MaxValue);

    /// <summary>Waits until the group before has ended.</summary>
    public void WaitForEnd(int group) => Wait(group, long.MaxValue);
}
