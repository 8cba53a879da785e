namespace Farback.Formats;

/// <summary>What a read-out of one number a class says: the numbers are unnormalised logarithms (softmax).</summary>
internal static class Answers
{
    /// <summary>−log₂ of the probability that softmax gives a class.</summary>
    public static double Bits(ReadOnlySpan<double> answer, int target)
    {
        double most = double.NegativeInfinity;
        foreach (double value in answer)
            most = Math.Max(most, value);
        double sum = 0;
        foreach (double value in answer)
            sum += Math.Exp(value - most);
        return (most + Math.Log(sum) - answer[target]) / Math.Log(2);
    }

    /// <summary>The class with the largest number, the first of equals.</summary>
    public static int Largest(ReadOnlySpan<double> answer)
    {
        int largest = 0;
        for (int index = 1; index < answer.Length; index++)
            if (answer[index] > answer[largest])
                largest = index;
        return largest;
    }
}
