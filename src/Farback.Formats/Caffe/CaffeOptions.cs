namespace Farback.Formats;

/// <summary>What belongs to a Caffe model beside its weights.</summary>
public sealed record CaffeOptions
{
    /// <summary>The network's description (--prototxt); null takes the file of the same name beside the weights, or their own description.</summary>
    public string? Prototxt { get; init; }
}
